/** Canary deployment: a pre-traffic hook tests a new version, traffic shifts to it gradually, and alarms roll it back. */
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { LambdaDeploymentConfig, LambdaDeploymentGroup, LambdaApplication } from 'aws-cdk-lib/aws-codedeploy';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as Lambda, Runtime, type Alias } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Names } from './names';
import { PRETRAFFIC } from './pretraffic';
import type { TailwaterProps } from './props';
import { suppress } from './reasons';

interface Deployed {
  readonly alias: Alias;
  readonly names: Names;
  readonly alarms: Alarm[];
  readonly props: TailwaterProps;
}

export function deploy(scope: Construct, { alias, names, alarms, props }: Deployed): void {
  const hook = newHook(scope, alias, names, props);
  const invoked = names.arn(scope, 'lambda', `function:${names.forwarder}`);
  const statements = [
    new PolicyStatement({
      sid: 'MoveTraffic',
      actions: ['lambda:GetAlias', 'lambda:UpdateAlias', 'lambda:GetProvisionedConcurrencyConfig'],
      resources: [invoked, `${invoked}:live`],
    }),
    new PolicyStatement({ sid: 'RunHook', actions: ['lambda:InvokeFunction'], resources: [names.arn(scope, 'lambda', `function:${names.hook}`)] }),
    // DescribeAlarms cannot be restricted to single alarms.
    new PolicyStatement({ sid: 'WatchAlarms', actions: ['cloudwatch:DescribeAlarms'], resources: [names.arn(scope, 'cloudwatch', 'alarm:*')] }),
  ];
  const role = new Role(scope, 'DeployRole', {
    description: 'Lets CodeDeploy shift traffic to a new version of the forwarder.',
    assumedBy: new ServicePrincipal('codedeploy.amazonaws.com'),
    inlinePolicies: { deploy: new PolicyDocument({ statements }) },
  });
  suppress(role, { 'AwsSolutions-IAM5': 'DescribeAlarms cannot be restricted to single alarms' });
  new LambdaDeploymentGroup(scope, 'Deployment', {
    application: new LambdaApplication(scope, 'Application'),
    alias,
    alarms,
    preHook: hook,
    role: role.withoutPolicyUpdates(),
    deploymentConfig: props.deployment ?? LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES,
  });
}

function newHook(scope: Construct, alias: Alias, names: Names, props: TailwaterProps): Lambda {
  const logs = new LogGroup(scope, 'PreTrafficLog', {
    logGroupName: `/aws/lambda/${names.hook}`,
    retention: props.logRetention ?? RetentionDays.ONE_MONTH,
    encryptionKey: props.encryptionKey,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  suppress(logs, { CKV_AWS_158: 'a key can be set by a property; by default CloudWatch encrypts log groups with its own' });
  const groups = names.arn(scope, 'codedeploy', 'deploymentgroup:*');
  const statements = [
    new PolicyStatement({ sid: 'WriteOwnLog', actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [logs.logGroupArn] }),
    new PolicyStatement({ sid: 'TryNewVersion', actions: ['lambda:InvokeFunction'], resources: [alias.version.functionArn] }),
    // All deployment groups: the group refers to the hook, so the hook cannot refer to the group.
    new PolicyStatement({ sid: 'AnswerCodeDeploy', actions: ['codedeploy:PutLifecycleEventHookExecutionStatus'], resources: [groups] }),
  ];
  const role = new Role(scope, 'PreTrafficRole', {
    description: 'Permissions of the pre-traffic hook.',
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    inlinePolicies: { hook: new PolicyDocument({ statements }) },
  });
  suppress(role, { 'AwsSolutions-IAM5': "streams of its own log group; and all deployment groups, since its own refers to the hook, so the hook cannot refer to it" });
  const hook = new Lambda(scope, 'PreTraffic', {
    functionName: names.hook,
    description: 'Tests a new version of the forwarder before it receives traffic.',
    runtime: Runtime.PYTHON_3_13,
    architecture: Architecture.ARM_64,
    handler: 'index.handler',
    code: Code.fromInline(PRETRAFFIC),
    timeout: Duration.minutes(2),
    memorySize: 128,
    role: role.withoutPolicyUpdates(),
    logGroup: logs,
    environmentEncryption: props.encryptionKey,
    environment: { NEW_VERSION: alias.version.functionArn },
  });
  suppress(hook, {
    CKV_AWS_50: 'runs once per deployment, and logs its result',
    CKV_AWS_115: 'runs once per deployment',
    CKV_AWS_116: 'CodeDeploy waits for it, and fails the deployment if it does not respond',
    CKV_AWS_117: 'it calls only Lambda and CodeDeploy, nothing in a VPC',
    CKV_AWS_173: 'its environment holds no secret',
    'AwsSolutions-L1': 'the runtime is the one that the SAM template was tested with',
  });
  return hook;
}
