/** An app as users write it, for the checks that read templates: `CDK_OUTDIR=out node dist/test/app.js`. */
import { App, CfnResource, Stack } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code, Function as Lambda, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Tailwater } from '../lib';
import { OTLP, package_ } from './fixture';

const app = new App({ analyticsReporting: false });
const env = { account: '123456789012', region: 'eu-west-1' };

new Tailwater(new Stack(app, 'Simple', { env }), 'Logs', { ...OTLP, code: package_() });

const complete = new Stack(app, 'Complete', { env });
new Tailwater(complete, 'Logs', {
  ...OTLP,
  sinks: ['otlp', 'datadog'],
  name: 'logs',
  code: package_(),
  datadogApiKeySecret: Secret.fromSecretCompleteArn(complete, 'Secret', 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:datadog-AbCdEf'),
  subscribe: 'functions',
  throughKinesis: true,
  encryptionKey: Key.fromKeyArn(complete, 'Key', 'arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-4333-8444-555555555555'),
  alarmTopic: Topic.fromTopicArn(complete, 'Topic', 'arn:aws:sns:eu-west-1:123456789012:on-call'),
});
const handler = { runtime: Runtime.NODEJS_22_X, handler: 'index.handler', code: Code.fromInline('exports.handler = async () => 1;') };
const orders = new Lambda(complete, 'Orders', handler);
for (const resource of [orders.node.defaultChild!, orders.role!.node.defaultChild!]) {
  // A user's function, which is subscribed here and not checked.
  (resource as CfnResource).addMetadata('checkov', {
    skip: ['CKV_AWS_50', 'CKV_AWS_115', 'CKV_AWS_116', 'CKV_AWS_117', 'CKV_AWS_173'].map((id) => ({ id, comment: "a user's function" })),
  });
}

app.synth();
