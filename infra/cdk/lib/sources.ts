/** Sources of log events: CloudWatch Logs directly or through a stream, a queue, a bucket. */
import { Duration, Stack } from 'aws-cdk-lib';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Stream, StreamEncryption, StreamMode } from 'aws-cdk-lib/aws-kinesis';
import { CfnEventSourceMapping, CfnPermission, type Alias } from 'aws-cdk-lib/aws-lambda';
import { CfnAccountPolicy, FilterPattern } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Names } from './names';
import type { TailwaterProps } from './props';

export interface SourcesProps {
  readonly alias: Alias;
  readonly names: Names;
  readonly parking: IBucket;
  readonly failed: IQueue;
  readonly props: TailwaterProps;
}

const EACH_ITEM = { functionResponseTypes: ['ReportBatchItemFailures'] };

export class Sources extends Construct {
  /** Destination of subscriptions. */
  public readonly destinationArn: string;
  /** ARN of the role that CloudWatch Logs assumes to write to the stream, if there is one. */
  public readonly writerRoleArn?: string;
  /** Permission of CloudWatch Logs to invoke the function, which must exist before a log group is subscribed. */
  public readonly permission: CfnPermission;

  public constructor(scope: Construct, id: string, private readonly given: SourcesProps) {
    super(scope, id);
    const { alias, props } = given;
    // One permission for all log groups: one for each would exceed the size limit of the function's policy.
    this.permission = new CfnPermission(this, 'LogsMayInvoke', {
      action: 'lambda:InvokeFunction',
      functionName: alias.functionArn,
      principal: 'logs.amazonaws.com',
      sourceAccount: Stack.of(this).account,
      sourceArn: given.names.arn(this, 'logs', 'log-group:*'),
    });
    const stream = props.throughKinesis ? this.newStream() : undefined;
    this.destinationArn = stream?.stream.streamArn ?? alias.functionArn;
    this.writerRoleArn = stream?.role.roleArn;
    // Limited to two, so that retries leave most of the concurrency to new events.
    this.mapping('RetryFailed', given.failed.queueArn, { batchSize: 1, scalingConfig: { maximumConcurrency: 2 } });
    if (props.sourceQueue) this.mapping('FromQueue', props.sourceQueue.queueArn, { batchSize: 10 });
    if (props.sourceBucket) this.fromBucket(props.sourceBucket);
    if (props.subscribe === 'account') this.subscribeAccount();
  }

  private mapping(id: string, eventSourceArn: string, more: object): void {
    new CfnEventSourceMapping(this, id, { eventSourceArn, functionName: this.given.alias.functionArn, ...EACH_ITEM, ...more });
  }

  private newStream(): { stream: Stream; role: Role } {
    const { names, parking, props } = this.given;
    const key = props.encryptionKey;
    const stream = new Stream(this, 'Stream', {
      streamName: names.forwarder,
      streamMode: StreamMode.ON_DEMAND,
      retentionPeriod: Duration.hours(24),
      encryption: key ? StreamEncryption.KMS : StreamEncryption.MANAGED,
      encryptionKey: key,
    });
    const statements = [new PolicyStatement({ actions: ['kinesis:PutRecord'], resources: [stream.streamArn] })];
    if (key) statements.push(new PolicyStatement({ actions: ['kms:GenerateDataKey'], resources: [key.keyArn] }));
    const role = new Role(this, 'StreamWriter', {
      description: 'Lets CloudWatch Logs write to the stream.',
      assumedBy: new ServicePrincipal('logs.amazonaws.com', {
        conditions: { StringLike: { 'aws:SourceArn': names.arn(this, 'logs', '*') } },
      }),
      inlinePolicies: { write: new PolicyDocument({ statements }) },
    });
    this.mapping('FromStream', stream.streamArn, {
      startingPosition: 'TRIM_HORIZON',
      batchSize: 100,
      maximumBatchingWindowInSeconds: 5,
      bisectBatchOnFunctionError: true,
      // A batch that fails this often is stored in the bucket, where redrive finds it. A queue would receive only the
      // sequence numbers of its records.
      maximumRetryAttempts: 10,
      destinationConfig: { onFailure: { destination: parking.bucketArn } },
    });
    return { stream, role };
  }

  private fromBucket(bucket: IBucket): void {
    const { alias, names } = this.given;
    const rule = new CfnRule(this, 'FromBucket', {
      name: `${names.forwarder}-objects`,
      description: 'Invokes the forwarder for new objects.',
      eventPattern: {
        source: ['aws.s3'],
        'detail-type': ['Object Created'],
        detail: { bucket: { name: [bucket.bucketName] } },
      },
      targets: [{ id: 'forwarder', arn: alias.functionArn }],
    });
    new CfnPermission(this, 'BucketMayInvoke', {
      action: 'lambda:InvokeFunction',
      functionName: alias.functionArn,
      principal: 'events.amazonaws.com',
      sourceArn: rule.attrArn,
    });
  }

  private subscribeAccount(): void {
    const { names, props } = this.given;
    const left = [...names.ownGroups, ...(props.notSubscribed ?? [])];
    const policy = new CfnAccountPolicy(this, 'AccountSubscription', {
      policyName: names.forwarder,
      policyType: 'SUBSCRIPTION_FILTER_POLICY',
      scope: 'ALL',
      // Log groups of Tailwater itself: forwarding them would create an endless loop.
      selectionCriteria: `LogGroupName NOT IN ${JSON.stringify(left)}`,
      policyDocument: Stack.of(this).toJsonString({
        DestinationArn: this.destinationArn,
        FilterPattern: (props.filterPattern ?? FilterPattern.allEvents()).logPatternString,
        ...(this.writerRoleArn && { RoleArn: this.writerRoleArn, Distribution: 'ByLogStream' }),
      }),
    });
    policy.node.addDependency(this.permission);
  }
}
