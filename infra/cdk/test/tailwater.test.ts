import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Architecture } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Tailwater } from '../lib';
import alarms from '../lib/alarms.json';
import { build, OTLP, package_, template } from './fixture';

const KEY = 'arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-4333-8444-555555555555';

test('the template matches the snapshot; UPDATE_SNAPSHOT=1 updates it', () => {
  const file = join(__dirname, '..', '..', 'test', 'snapshot.json');
  // Asset hashes depend on how the asset is packed.
  const text = JSON.stringify(template().toJSON(), null, 1).replace(/[0-9a-f]{64}/g, 'HASH').replace(/CurrentVersion[0-9A-F]{8}[0-9a-f]{32}/g, 'CurrentVersionHASH') + '\n';
  if (process.env['UPDATE_SNAPSHOT']) writeFileSync(file, text);
  assert.equal(text, readFileSync(file, 'utf8'));
});

test('the function has 128 MB, arm64 and the parking bucket', () => {
  template().hasResourceProperties('AWS::Lambda::Function', {
    FunctionName: 'tailwater',
    Architectures: ['arm64'],
    MemorySize: 128,
    Runtime: 'provided.al2023',
    ReservedConcurrentExecutions: 10,
    Environment: {
      Variables: {
        TAILWATER_SINKS: 'otlp',
        OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector.example:4318',
        TAILWATER_PARKING: { 'Fn::Join': ['', ['s3://', Match.anyValue()]] },
        TAILWATER_EXCLUDE_LOG_GROUPS: '/aws/lambda/tailwater,/aws/lambda/tailwater-subscriber,/aws/lambda/tailwater-macro,/aws/lambda/CodeDeployHook_tailwater',
        TAILWATER_BATCH_ITEM_FAILURES: 'true',
      },
    },
  });
});

test('settings become environment variables', () => {
  template({
    tags: { stage: 'prod', team: 'shop' },
    otlpResourceAttributes: { team: 'a b' },
    otlpTimeout: 5000,
    allowInsecure: true,
    excludeLogGroups: ['/noisy/*'],
  }).hasResourceProperties('AWS::Lambda::Function', {
    Environment: {
      Variables: {
        TAILWATER_TAGS: 'stage:prod,team:shop',
        OTEL_RESOURCE_ATTRIBUTES: 'team=a%20b',
        OTEL_EXPORTER_OTLP_TIMEOUT: '5000',
        TAILWATER_ALLOW_INSECURE: 'true',
        TAILWATER_EXCLUDE_LOG_GROUPS: Match.stringLikeRegexp(',/noisy/\\*$'),
      },
    },
  });
});

test('secrets are passed by reference, and the function may read only them', () => {
  const { stack } = build();
  const app = new App({ analyticsReporting: false });
  const own = new Stack(app, 'Own', { env: { account: stack.account, region: stack.region } });
  const secret = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:collector-AbCdEf';
  new Tailwater(own, 'Logs', {
    ...OTLP,
    sinks: ['otlp', 'datadog'],
    code: package_(),
    otlpHeaders: Secret.fromSecretCompleteArn(own, 'Secret', secret),
    datadogApiKeyParameter: StringParameter.fromSecureStringParameterAttributes(own, 'Parameter', { parameterName: '/tailwater/datadog' }),
  });
  const made = Template.fromStack(own);
  made.hasResourceProperties('AWS::Lambda::Function', {
    Environment: { Variables: { OTEL_EXPORTER_OTLP_HEADERS: `secretsmanager:${secret}`, DD_API_KEY_SSM_NAME: '/tailwater/datadog' } },
  });
  const statements = statementsOf(made.toJSON(), 'Role');
  assert.deepEqual(statements.get('ReadSecrets')?.Resource, secret);
  assert.match(JSON.stringify(statements.get('ReadParameters')?.Resource), /parameter\/tailwater\/datadog/);
});

test('the function may read only the place of its rules', () => {
  const readable = (rules: string): unknown[] => {
    const statements = statementsOf(template({ rules }).toJSON(), 'Role');
    return ['ReadRulesParameter', 'ReadRulesObject'].map((sid) => JSON.stringify(statements.get(sid)?.Resource ?? null));
  };
  const [parameter, none] = readable('ssm:/tailwater/rules');
  assert.match(String(parameter), /parameter\/tailwater\/rules/);
  assert.equal(none, 'null');
  const [nothing, object] = readable('s3://my-bucket/rules.toml');
  assert.equal(nothing, 'null');
  assert.match(String(object), /:s3:::my-bucket\/rules\.toml/);
  assert.deepEqual(readable("[[rule]]\nwhen.message = 'x'\ndrop = {}\n"), ['null', 'null']);
});

interface Statement {
  readonly Sid?: string;
  readonly Action: string | string[];
  readonly Resource: unknown;
}

/** Returns the inline statements of roles whose logical id contains `part`, by their Sid. */
function statementsOf(json: Record<string, unknown>, part: string): Map<string | undefined, Statement> {
  const resources = Object.entries(json['Resources'] as Record<string, { Type: string; Properties: Record<string, unknown> }>);
  const roles = resources.filter(([id, each]) => each.Type === 'AWS::IAM::Role' && id.includes(part));
  const policies = roles.flatMap(([, each]) => (each.Properties['Policies'] ?? []) as { PolicyDocument: { Statement: Statement[] } }[]);
  return new Map(policies.flatMap((policy) => policy.PolicyDocument.Statement).map((each) => [each.Sid, each]));
}

test('no policy has a wildcard action, and CDK adds none', () => {
  const stack = build({ subscribe: 'account', throughKinesis: true }).stack;
  const json = Template.fromStack(stack).toJSON();
  for (const each of statementsOf(json, '').values()) {
    assert.ok(![each.Action].flat().some((action) => action.includes('*')), JSON.stringify(each));
    assert.notEqual(each.Resource, '*', JSON.stringify(each));
  }
  const kinds = Object.values(json.Resources as Record<string, { Type: string }>).map((each) => each.Type);
  assert.ok(!kinds.includes('AWS::IAM::Policy'), 'CDK granted something of its own');
  assert.ok(!kinds.some((kind) => kind.startsWith('Custom::')), 'a custom resource');
});

test('by default nothing is subscribed', () => {
  const made = template();
  made.resourceCountIs('AWS::Logs::AccountPolicy', 0);
  made.resourceCountIs('AWS::Logs::SubscriptionFilter', 0);
});

test('with subscribe: account, the whole account is subscribed, except Tailwater itself', () => {
  template({ subscribe: 'account', notSubscribed: ['/flow'] }).hasResourceProperties('AWS::Logs::AccountPolicy', {
    PolicyType: 'SUBSCRIPTION_FILTER_POLICY',
    SelectionCriteria: 'LogGroupName NOT IN ["/aws/lambda/tailwater","/aws/lambda/tailwater-subscriber","/aws/lambda/tailwater-macro","/aws/lambda/CodeDeployHook_tailwater","/flow"]',
  });
});

test('with throughKinesis, the stream is the destination', () => {
  const made = template({ subscribe: 'account', throughKinesis: true, encryptionKey: undefined });
  const [bucket] = Object.keys(made.findResources('AWS::S3::Bucket'));
  made.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
    BisectBatchOnFunctionError: true,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': [bucket, 'Arn'] } } },
  });
  // AWS stores failed records at the root of the bucket, so redrive reads all of it.
  made.hasResourceProperties('AWS::Lambda::Function', {
    Environment: { Variables: { TAILWATER_PARKING: { 'Fn::Join': ['', ['s3://', { Ref: bucket }]] } } },
  });
  made.hasResourceProperties('AWS::Logs::AccountPolicy', {
    PolicyDocument: { 'Fn::Join': ['', Match.arrayWith([Match.stringLikeRegexp('"RoleArn":"')])] },
  });
});

test('existing queues and buckets are sources', () => {
  const app = new App({ analyticsReporting: false });
  const stack = new Stack(app, 'Own');
  new Tailwater(stack, 'Logs', {
    ...OTLP,
    code: package_(),
    sourceQueue: Queue.fromQueueArn(stack, 'In', 'arn:aws:sqs:eu-west-1:123456789012:in'),
    sourceBucket: Bucket.fromBucketName(stack, 'Exported', 'exported'),
  });
  const made = Template.fromStack(stack);
  made.hasResourceProperties('AWS::Lambda::EventSourceMapping', { EventSourceArn: 'arn:aws:sqs:eu-west-1:123456789012:in' });
  made.hasResourceProperties('AWS::Events::Rule', { EventPattern: { detail: { bucket: { name: ['exported'] } } } });
});

test('key, topic and VPC apply to all resources', () => {
  const app = new App({ analyticsReporting: false });
  const stack = new Stack(app, 'Own');
  new Tailwater(stack, 'Logs', {
    ...OTLP,
    code: package_(),
    architecture: Architecture.X86_64,
    encryptionKey: Key.fromKeyArn(stack, 'Key', KEY),
    alarmTopic: Topic.fromTopicArn(stack, 'Topic', 'arn:aws:sns:eu-west-1:123456789012:on-call'),
    vpc: new Vpc(stack, 'Vpc', { natGateways: 0, subnetConfiguration: [{ name: 'inside', subnetType: 'Isolated' as never }] }),
    vpcSubnets: { subnetGroupName: 'inside' },
  });
  const made = Template.fromStack(stack);
  made.allResourcesProperties('AWS::SQS::Queue', { KmsMasterKeyId: KEY });
  made.allResourcesProperties('AWS::Logs::LogGroup', { KmsKeyId: KEY });
  made.allResourcesProperties('AWS::CloudWatch::Alarm', { AlarmActions: ['arn:aws:sns:eu-west-1:123456789012:on-call'] });
  made.hasResourceProperties('AWS::Lambda::Function', { KmsKeyArn: KEY, Architectures: ['x86_64'], VpcConfig: Match.anyValue() });
});

test('alarms match the definition, and two of them roll back', () => {
  const made = template();
  made.resourceCountIs('AWS::CloudWatch::Alarm', alarms.length + 2);
  made.hasResourceProperties('AWS::CodeDeploy::DeploymentGroup', {
    AlarmConfiguration: { Alarms: [{ Name: Match.anyValue() }, { Name: Match.anyValue() }], Enabled: true },
    DeploymentConfigName: 'CodeDeployDefault.LambdaCanary10Percent5Minutes',
  });
});

test('invalid settings fail at synthesis', () => {
  assert.throws(() => template({ sinks: [] }), /must not be empty/);
  assert.throws(() => template({ sinks: ['datadog'] }), /datadogApiKeySecret/);
  assert.throws(() => template({ otlpEndpoint: undefined }), /otlpEndpoint/);
  assert.throws(() => template({ name: 'Tail Water' }), /lowercase letters/);
  assert.throws(() => template({ code: undefined }), /set the property code/);
});

test('the log group of the forwarder is never subscribed', () => {
  const { stack, tailwater } = build();
  assert.throws(() => tailwater.subscribe(tailwater.logGroup), /endless loop/);
  assert.throws(() => tailwater.subscribe(LogGroup.fromLogGroupName(stack, 'Same', '/aws/lambda/tailwater')), /endless loop/);
});
