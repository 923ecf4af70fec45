/** What the construct can be told, besides the settings of the program. */
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
  /** What the function is called, and what the names of everything beside it begin with. By default `tailwater`. */
  readonly name?: string;
  /** The forwarder. By default the zip of a release that comes with this package, for the architecture. */
  readonly code?: Code;
  /** What the function runs on. By default arm64, which costs less. */
  readonly architecture?: Architecture;
  /** In MB; more memory is more CPU. By default 128. */
  readonly memorySize?: number;
  /** Of the function. Retries in place end with it, so that the rest can be parked. By default 60 s. */
  readonly timeout?: Duration;
  /** Reserved for the function, so that it can neither be starved nor starve others. By default 10; 0 reserves nothing. */
  readonly reservedConcurrency?: number;
  /** Of the function's own log group. By default a month. */
  readonly logRetention?: RetentionDays;
  /**
   * What is forwarded: every log group of this account and region, the functions of this app, or nothing until
   * `subscribe` is called. By default `account`.
   */
  readonly subscribe?: 'account' | 'functions' | 'none';
  /** Names of log groups that the account's policy leaves out, besides the forwarder's own. */
  readonly notSubscribed?: string[];
  /** Which events are forwarded. By default all, which metrics need. */
  readonly filterPattern?: IFilterPattern;
  /** Whether a stream of its own stands between CloudWatch and the function, for large volumes. */
  readonly throughKinesis?: boolean;
  /** A queue to read too, with subscription documents or S3 notifications. */
  readonly sourceQueue?: IQueue;
  /** A bucket to read too. It has to send its events to EventBridge. */
  readonly sourceBucket?: IBucket;
  /**
   * Where what no backend took waits: a bucket that nothing else uses, since redrive looks at all of it. By default a bucket
   * of its own, which outlives the stack.
   */
  readonly parking?: IBucket;
  /** After this time what is still parked is deleted, from a bucket of its own. By default 90 days. */
  readonly parkedFor?: Duration;
  /** How often what is parked is tried again, as `rate(...)` or `cron(...)`. By default every 15 minutes. */
  readonly redriveSchedule?: string;
  /** How traffic moves to a new version; alarms roll it back. By default a canary of 10 % for 5 minutes. */
  readonly deployment?: ILambdaDeploymentConfig;
  /** A key for the bucket, queues, stream, logs and environment. By default keys of AWS's. */
  readonly encryptionKey?: IKey;
  /** The key that encrypts SSM parameters among the settings, where there is one; that of a secret is known. */
  readonly parameterKey?: IKey;
  /** Told of alarms. */
  readonly alarmTopic?: ITopic;
  /** To run in, where backends are only reached from a VPC. */
  readonly vpc?: IVpc;
  /** Of the VPC. */
  readonly vpcSubnets?: SubnetSelection;
  /** Of the function, in the VPC. */
  readonly securityGroups?: ISecurityGroup[];
}
