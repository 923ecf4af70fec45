/** Undelivered and failed events: the parking bucket, two queues, and the schedules that retry both. */
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, MathExpression, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership, type IBucket } from 'aws-cdk-lib/aws-s3';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import { Queue, QueueEncryption, RedrivePermission, type QueueProps } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Names } from './names';
import type { TailwaterProps } from './props';
import { suppress } from './reasons';

export function parkingBucket(scope: Construct, props: TailwaterProps): IBucket {
  if (props.parking) return props.parking;
  const bucket = new Bucket(scope, 'Parking', {
    encryption: BucketEncryption.KMS_MANAGED,
    ...(props.encryptionKey && { encryption: BucketEncryption.KMS, encryptionKey: props.encryptionKey }),
    bucketKeyEnabled: true,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    versioned: true,
    removalPolicy: RemovalPolicy.RETAIN,
    lifecycleRules: [
      {
        id: 'forget',
        expiration: props.parkedFor ?? Duration.days(90),
        // Objects that redrive deleted can be restored for a week.
        noncurrentVersionExpiration: Duration.days(7),
        abortIncompleteMultipartUploadAfter: Duration.days(1),
      },
    ],
  });
  const reason = 'only one role has access, and CloudTrail data events have more detail than access logs';
  suppress(bucket, { CKV_AWS_18: reason, 'AwsSolutions-S1': reason });
  return bucket;
}

/** Queue of events that failed three times, which are retried after a delay, and its dead-letter queue. */
export class FailedEvents extends Construct {
  public readonly queue: Queue;
  public readonly dead: Queue;

  public constructor(scope: Construct, id: string, names: Names, timeout: Duration, props: TailwaterProps) {
    super(scope, id);
    this.dead = this.newQueue('Dead', props.encryptionKey, {
      queueName: names.deadQueue,
      // An ARN built from the name: the two queues refer to each other, which would be a cycle.
      redriveAllowPolicy: {
        redrivePermission: RedrivePermission.BY_QUEUE,
        sourceQueues: [Queue.fromQueueArn(this, 'Source', names.arn(this, 'sqs', names.failedQueue))],
      },
    });
    suppress(this.dead, { CKV_AWS_27: 'encrypted with the key of SQS, or with encryptionKey' });
    this.queue = this.newQueue('Failed', props.encryptionKey, {
      queueName: names.failedQueue,
      deliveryDelay: Duration.minutes(15),
      visibilityTimeout: Duration.seconds(6 * timeout.toSeconds()),
      deadLetterQueue: { queue: this.dead, maxReceiveCount: 10 },
    });
    suppress(this.queue, { CKV_AWS_27: 'encrypted with the key of SQS, or with encryptionKey' });
    this.moveBack(names, props.encryptionKey);
  }

  /** Creates an alarm for each queue. */
  public alarms(): Alarm[] {
    const events = 'Events failed three times. They are retried later; find the cause in the log of the function.';
    const messages = 'Messages failed repeatedly. A schedule moves them back to be retried; find the cause of the failures.';
    return [this.alarm('FailedNotEmpty', this.queue, events), this.alarm('DeadNotEmpty', this.dead, messages)];
  }

  private newQueue(id: string, key: IKey | undefined, props: QueueProps): Queue {
    return new Queue(this, id, {
      encryption: key ? QueueEncryption.KMS : QueueEncryption.SQS_MANAGED,
      encryptionMasterKey: key,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      removalPolicy: RemovalPolicy.RETAIN,
      ...props,
    });
  }

  private alarm(id: string, queue: Queue, alarmDescription: string): Alarm {
    const period = Duration.minutes(5);
    // Visible messages do not include delayed ones.
    const visible = queue.metricApproximateNumberOfMessagesVisible({ period });
    const delayed = queue.metricApproximateNumberOfMessagesDelayed({ period, statistic: 'Maximum' });
    const metric = new MathExpression({ expression: 'visible + delayed', usingMetrics: { visible, delayed }, period });
    return new Alarm(this, id, { metric, alarmDescription, threshold: 0, ...WHEN_ABOVE });
  }

  private moveBack(names: Names, key: IKey | undefined): void {
    const statements = [
      new PolicyStatement({
        sid: 'TakeFromHere',
        actions: ['sqs:StartMessageMoveTask', 'sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
        resources: [this.dead.queueArn],
      }),
      new PolicyStatement({ sid: 'PutBack', actions: ['sqs:SendMessage'], resources: [this.queue.queueArn] }),
      ...useKeys(key),
    ];
    schedule(this, 'MoveBack', {
      name: `${names.deadQueue}-redrive`,
      description: 'Moves all messages back to the source queue.',
      expression: 'rate(6 hours)',
      target: `arn:${Stack.of(this).partition}:scheduler:::aws-sdk:sqs:startMessageMoveTask`,
      input: { SourceArn: this.dead.queueArn, DestinationArn: this.queue.queueArn, MaxNumberOfMessagesPerSecond: 5 },
      statements,
      key,
    });
  }
}

/** Comparison of all alarms. */
export const WHEN_ABOVE = {
  evaluationPeriods: 1,
  comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
  treatMissingData: TreatMissingData.NOT_BREACHING,
};

export function useKeys(...keys: (IKey | undefined)[]): PolicyStatement[] {
  const resources = keys.filter((key) => key !== undefined).map((key) => key.keyArn);
  return resources.length === 0 ? [] : [new PolicyStatement({ sid: 'UseKeys', actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources })];
}

interface Scheduled {
  readonly name: string;
  readonly description: string;
  readonly expression: string;
  readonly target: string;
  readonly input: object;
  readonly statements: PolicyStatement[];
  readonly key: IKey | undefined;
}

/** Creates a schedule with its own role. Nothing is retried, since the next run does the same. */
export function schedule(scope: Construct, id: string, props: Scheduled): CfnSchedule {
  const role = new Role(scope, `${id}Role`, {
    description: props.description,
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    }),
    inlinePolicies: { schedule: new PolicyDocument({ statements: props.statements }) },
  });
  const made = new CfnSchedule(scope, id, {
    name: props.name,
    description: props.description,
    scheduleExpression: props.expression,
    flexibleTimeWindow: { mode: 'OFF' },
    kmsKeyArn: props.key?.keyArn,
    target: {
      arn: props.target,
      roleArn: role.roleArn,
      input: Stack.of(scope).toJsonString(props.input),
      retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: 300 },
    },
  });
  made.addMetadata('checkov', { skip: [{ id: 'CKV_AWS_297', comment: 'a key can be set by a property; the schedule holds no secret' }] });
  return made;
}
