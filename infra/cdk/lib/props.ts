/** Properties of the construct, besides the settings of the forwarder. */
import type { Duration } from 'aws-cdk-lib';
import type { ILambdaDeploymentConfig } from 'aws-cdk-lib/aws-codedeploy';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Architecture, Code } from 'aws-cdk-lib/aws-lambda';
import type { IFilterPattern, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Settings } from './settings';

export interface TailwaterProps extends Settings {
  /** Name of the function, and prefix of the names of all other resources. By default `tailwater`. */
  readonly name?: string;
  /** Code of the forwarder. By default the release zip in this package for the architecture. */
  readonly code?: Code;
  /** Processor architecture of the function. By default arm64, which costs less. */
  readonly architecture?: Architecture;
  /** Memory of the function in MB; more memory also means more CPU. By default 128. */
  readonly memorySize?: number;
  /** Timeout of the function. Retries within an invocation end before it, so that undelivered events can be parked. By default 60 s. */
  readonly timeout?: Duration;
  /** Reserved concurrency of the function, so that other functions cannot use it up, nor it theirs. By default 10; 0 reserves nothing. */
  readonly reservedConcurrency?: number;
  /** Retention of the function's own log group in days. By default a month. */
  readonly logRetention?: RetentionDays;
  /**
   * Log groups to subscribe: all of this account and region, also those that are not of Lambda; those of the functions of this app; or
   * none until `subscribe` is called. By default `none`.
   */
  readonly subscribe?: 'account' | 'functions' | 'none';
  /** Names of log groups that the account policy excludes, besides those of Tailwater itself. */
  readonly notSubscribed?: string[];
  /** Events to forward. By default all, which metrics need. */
  readonly filterPattern?: IFilterPattern;
  /** True to create a Kinesis stream between CloudWatch Logs and the function, for large volumes. */
  readonly throughKinesis?: boolean;
  /** Queue that is also read, with subscription documents or S3 notifications. */
  readonly sourceQueue?: IQueue;
  /** Bucket that is also read. It must send its events to EventBridge. */
  readonly sourceBucket?: IBucket;
  /**
   * Parking bucket for undelivered events. Nothing else may use it, since redrive reads all of it. By default a new bucket,
   * which is retained when the stack is deleted.
   */
  readonly parking?: IBucket;
  /** Time after which parked events are deleted, if the bucket is not `parking`. By default 90 days. */
  readonly parkedFor?: Duration;
  /** Schedule of the redrive of parked events, as `rate(...)` or `cron(...)`. By default every 15 minutes. */
  readonly redriveSchedule?: string;
  /** Deployment configuration: how traffic shifts to a new version. Alarms roll it back. By default a canary of 10 % for 5 minutes. */
  readonly deployment?: ILambdaDeploymentConfig;
  /** KMS key for the bucket, queues, stream, logs and environment. By default keys of AWS. */
  readonly encryptionKey?: IKey;
  /** KMS key that SSM parameters among the settings are encrypted with, if it is not a key of AWS. That of a secret is known. */
  readonly parameterKey?: IKey;
  /** Topic for alarms. */
  readonly alarmTopic?: ITopic;
  /** VPC of the function, if backends can be reached only from a VPC. */
  readonly vpc?: IVpc;
  /** Subnets of the function in the VPC. */
  readonly vpcSubnets?: SubnetSelection;
  /** Security groups of the function in the VPC. */
  readonly securityGroups?: ISecurityGroup[];
}
