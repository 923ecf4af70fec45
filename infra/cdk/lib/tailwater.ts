/** The forwarder with its parking bucket, failed events, canary deployment, alarms and subscription. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Aspects, CfnResource, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Alarm, Metric, type IAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { ManagedPolicy, PolicyDocument, PolicyStatement, Role, ServicePrincipal, type IRole } from 'aws-cdk-lib/aws-iam';
import { Alias, Architecture, Code, Function as Lambda, Runtime } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { CfnSubscriptionFilter, FilterPattern, LogGroup, RetentionDays, type ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct, type IConstruct } from 'constructs';
import alarms from './alarms.json';
import { SubscribeFunctions } from './aspect';
import { deploy } from './deployment';
import { Names } from './names';
import { FailedEvents, parkingBucket, schedule, useKeys, WHEN_ABOVE } from './parking';
import type { TailwaterProps } from './props';
import { suppress } from './reasons';
import { environment, rulesPlace, secrets } from './settings';
import { Sources } from './sources';

const QUEUE_READING = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueAttributes'];

const STREAM_READING = [
  'kinesis:DescribeStream',
  'kinesis:DescribeStreamSummary',
  'kinesis:GetRecords',
  'kinesis:GetShardIterator',
  'kinesis:ListShards',
];

export class Tailwater extends Construct {
  /** The function. Invoke `alias`, not the function. */
  public readonly function: Lambda;
  /** Destination of subscriptions, whose version can change. */
  public readonly alias: Alias;
  /** Role of the function, for policies of buckets and keys. */
  public readonly role: IRole;
  /** Log group of the function, which is never subscribed. */
  public readonly logGroup: LogGroup;
  /** Name of the parking bucket, which holds undelivered events. */
  public readonly parking: IBucket;
  /** Queue of events that failed three times. */
  public readonly failedQueue: Queue;
  /** Alarms of the forwarder. */
  public readonly alarms: IAlarm[];

  private readonly names: Names;
  private readonly sources: Sources;

  public constructor(scope: Construct, id: string, private readonly props: TailwaterProps) {
    super(scope, id);
    this.names = new Names(props.name ?? 'tailwater');
    checkSinks(props);
    const timeout = props.timeout ?? Duration.seconds(60);
    this.parking = parkingBucket(this, props);
    const failed = new FailedEvents(this, 'FailedEvents', this.names, timeout, props);
    this.failedQueue = failed.queue;
    this.logGroup = this.newLogGroup();
    this.role = this.newRole();
    this.function = this.newFunction(timeout);
    this.alias = new Alias(this, 'Live', { aliasName: 'live', version: this.function.currentVersion });
    const own = this.newAlarms();
    this.alarms = [...own.values(), ...failed.alarms()];
    this.notify(this.alarms as Alarm[]);
    deploy(this, { alias: this.alias, names: this.names, alarms: ['errors', 'rejected'].map((name) => own.get(name)!), props });
    this.redrive();
    this.sources = new Sources(this, 'Sources', { alias: this.alias, names: this.names, parking: this.parking, failed: failed.queue, props });
    if (props.subscribe === 'functions') Aspects.of(this.node.root).add(new SubscribeFunctions(this));
  }

  /** Subscribes a log group of any stack of this account and region. */
  public subscribe(logGroup: ILogGroup): void {
    if (logGroup.node.scopes.includes(this) || this.names.ownGroups.includes(logGroup.logGroupName)) {
      throw new Error(`${logGroup.node.path} is a log group of Tailwater itself: forwarding it would create an endless loop`);
    }
    const filter = new CfnSubscriptionFilter(logGroup as IConstruct as Construct, 'Tailwater', {
      filterName: this.names.forwarder,
      logGroupName: logGroup.logGroupName,
      filterPattern: (this.props.filterPattern ?? FilterPattern.allEvents()).logPatternString,
      destinationArn: this.sources.destinationArn,
      roleArn: this.sources.writerRoleArn,
    });
    filter.node.addDependency(this.sources.permission);
  }

  private newLogGroup(): LogGroup {
    const group = new LogGroup(this, 'Log', {
      logGroupName: this.names.logGroup,
      retention: this.props.logRetention ?? RetentionDays.ONE_MONTH,
      encryptionKey: this.props.encryptionKey,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    suppress(group, { CKV_AWS_158: 'a key can be set by a property; by default CloudWatch encrypts log groups with its own' });
    return group;
  }

  /** Creates the role with permissions resource by resource. CDK's own grants are wider, so they are disabled. */
  private newRole(): IRole {
    const role = new Role(this, 'Role', {
      description: 'Permissions of the forwarder, resource by resource.',
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      // Network interfaces have no ARN before they exist, so AWS's managed policy allows them on every resource.
      managedPolicies: this.props.vpc ? [ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSLambdaENIManagementAccess')] : [],
      inlinePolicies: { forward: new PolicyDocument({ statements: this.statements() }) },
    });
    suppress(role, {
      'AwsSolutions-IAM4': "network interfaces have no ARN before they exist, so AWS's managed policy allows them on every resource",
      'AwsSolutions-IAM5': 'objects of one bucket, and streams of its own log group',
    });
    return role.withoutPolicyUpdates();
  }

  private statements(): PolicyStatement[] {
    const { props, names, parking } = this;
    const references = secrets(props);
    const rules = rulesPlace(props);
    const arns = (member: 'secretArn' | 'parameterArn'): string[] =>
      references.map((each) => (member in each ? (each as unknown as Record<string, string>)[member] : undefined)).filter((arn) => arn !== undefined);
    const all: [string, string[], string[]][] = [
      ['WriteOwnLog', ['logs:CreateLogStream', 'logs:PutLogEvents'], [this.logGroup.logGroupArn]],
      ['ParkAndRedrive', ['s3:PutObject', 's3:GetObject', 's3:DeleteObject'], [parking.arnForObjects('*')]],
      ['ListParked', ['s3:ListBucket'], [parking.bucketArn]],
      ['FailAndReadFailed', ['sqs:SendMessage', ...QUEUE_READING], [this.failedQueue.queueArn]],
      ['ReadSourceQueue', QUEUE_READING, props.sourceQueue ? [props.sourceQueue.queueArn] : []],
      ['ReadSourceBucket', ['s3:GetObject', 's3:GetObjectVersion'], props.sourceBucket ? [props.sourceBucket.arnForObjects('*')] : []],
      ['ReadStream', STREAM_READING, props.throughKinesis ? [names.arn(this, 'kinesis', `stream/${names.forwarder}`)] : []],
      ['ReadSecrets', ['secretsmanager:GetSecretValue'], arns('secretArn')],
      ['ReadParameters', ['ssm:GetParameter'], arns('parameterArn')],
      ['ReadRulesParameter', ['ssm:GetParameter'], rules.parameter ? [names.arn(this, 'ssm', `parameter${rules.parameter}`)] : []],
      ['ReadRulesObject', ['s3:GetObject'], rules.object ? [Stack.of(this).formatArn({ service: 's3', region: '', account: '', resource: rules.object })] : []],
    ];
    const used = all.filter(([, , resources]) => resources.length > 0);
    const keys = [props.encryptionKey, props.parameterKey, ...references.map((each) => ('secretArn' in each ? each.encryptionKey : undefined))];
    return [...used.map(([sid, actions, resources]) => new PolicyStatement({ sid, actions, resources })), ...useKeys(...keys)];
  }

  private newFunction(timeout: Duration): Lambda {
    const { props, names } = this;
    const architecture = props.architecture ?? Architecture.ARM_64;
    const reserved = props.reservedConcurrency ?? 10;
    const lambda = new Lambda(this, 'Function', {
      functionName: names.forwarder,
      description: 'Forwards CloudWatch logs to the backends named in TAILWATER_SINKS.',
      runtime: Runtime.PROVIDED_AL2023,
      handler: 'bootstrap',
      architecture,
      code: props.code ?? release(architecture),
      memorySize: props.memorySize ?? 128,
      timeout,
      reservedConcurrentExecutions: reserved === 0 ? undefined : reserved,
      role: this.role,
      logGroup: this.logGroup,
      environmentEncryption: props.encryptionKey,
      vpc: props.vpc,
      vpcSubnets: props.vpcSubnets,
      securityGroups: props.securityGroups,
      environment: this.environment(),
      maxEventAge: Duration.hours(6),
      retryAttempts: 2,
      onFailure: new SqsDestination(this.failedQueue),
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN },
    });
    suppress(lambda, {
      CKV_AWS_50: 'the forwarder reports each invocation itself, as a ledger line and metrics',
      CKV_AWS_115: 'reserved by default; 0 is for accounts with a low limit',
      CKV_AWS_116: 'it has an on-failure destination instead, which also receives the error',
      CKV_AWS_117: 'a VPC can be set by a property; most backends are public',
      CKV_AWS_173: 'a key can be set by a property; the environment holds references to secrets, never secrets',
    });
    return lambda;
  }

  private environment(): Record<string, string> {
    const given = environment(this.props);
    const refused = [...this.names.ownGroups, ...(this.props.excludeLogGroups ?? [])];
    return {
      ...given,
      // The whole bucket: AWS stores failed records of a stream at its root, and redrive must find them.
      TAILWATER_PARKING: `s3://${this.parking.bucketName}`,
      TAILWATER_EXCLUDE_LOG_GROUPS: refused.join(','),
      // Goes with ReportBatchItemFailures in each event source mapping; without that, failures would be lost.
      TAILWATER_BATCH_ITEM_FAILURES: 'true',
    };
  }

  private newAlarms(): Map<string, Alarm> {
    const made = alarms.map((each): [string, Alarm] => {
      const metric = new Metric({
        namespace: each.namespace,
        metricName: each.metric,
        dimensionsMap: { [each.dimension]: this.names.forwarder },
        statistic: each.statistic,
        period: Duration.seconds(each.period),
      });
      const alarm = new Alarm(this, `${each.id}Alarm`, {
        ...WHEN_ABOVE,
        alarmName: `${this.names.forwarder}-${each.name}`,
        alarmDescription: each.description,
        metric,
        threshold: each.threshold,
        evaluationPeriods: each.evaluation_periods,
      });
      return [each.name, alarm];
    });
    return new Map(made);
  }

  private notify(alarms: Alarm[]): void {
    const topic = this.props.alarmTopic;
    for (const alarm of alarms) {
      if (topic) {
        alarm.addAlarmAction(new SnsAction(topic));
        alarm.addOkAction(new SnsAction(topic));
      } else {
        // An explicit empty list: nobody is notified.
        (alarm.node.defaultChild as CfnResource).addPropertyOverride('AlarmActions', []);
      }
    }
  }

  private redrive(): void {
    schedule(this, 'Redrive', {
      name: `${this.names.forwarder}-redrive`,
      description: 'Redrives parked events.',
      expression: this.props.redriveSchedule ?? 'rate(15 minutes)',
      target: this.alias.functionArn,
      input: { tailwater: { redrive: {} } },
      statements: [new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [this.alias.functionArn] })],
      key: this.props.encryptionKey,
    });
  }
}

/** Checks at synthesis what the forwarder would refuse at its start. */
function checkSinks(props: TailwaterProps): void {
  if (props.sinks.length === 0) throw new Error('sinks must not be empty');
  if (props.sinks.includes('datadog') && !props.datadogApiKeySecret && !props.datadogApiKeyParameter) {
    throw new Error('the sink datadog needs datadogApiKeySecret or datadogApiKeyParameter');
  }
  if (props.sinks.includes('otlp') && !props.otlpEndpoint && !props.otlpLogsEndpoint && !props.otlpMetricsEndpoint) {
    throw new Error('the sink otlp needs otlpEndpoint, or an endpoint for each signal');
  }
}

/** Returns the release zip in this package. */
function release(architecture: Architecture): Code {
  const zip = join(__dirname, '..', '..', 'assets', `tailwater-forwarder-${architecture.name}.zip`);
  if (!existsSync(zip)) throw new Error(`${zip} does not exist: this package was not built by a release; set the property code`);
  return Code.fromAsset(zip);
}
