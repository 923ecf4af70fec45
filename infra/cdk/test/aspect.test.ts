import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { CfnFunction, Code, Function as Lambda, Runtime, type FunctionProps } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { build } from './fixture';

const HANDLER: FunctionProps = { runtime: Runtime.NODEJS_22_X, handler: 'index.handler', code: Code.fromInline('1') };

function filters(stack: Stack): Record<string, { Properties: { LogGroupName: unknown; DestinationArn: unknown } }> {
  return Template.fromStack(stack).findResources('AWS::Logs::SubscriptionFilter') as never;
}

test('functions of all stacks of the app are subscribed, and the forwarder is not', () => {
  const { app, stack } = build({ subscribe: 'functions' });
  const other = new Stack(app, 'Other', { env: { account: stack.account, region: stack.region } });
  new Lambda(stack, 'Orders', HANDLER);
  new Lambda(other, 'Mail', HANDLER);
  assert.equal(Object.keys(filters(stack)).length, 1);
  assert.equal(Object.keys(filters(other)).length, 1);
  assert.equal(Object.keys(Template.fromStack(stack).findResources('AWS::Logs::AccountPolicy')).length, 0);
});

test('a function without a log group gets one, so that its first lines are forwarded', () => {
  const { stack } = build({ subscribe: 'functions' });
  new Lambda(stack, 'Orders', { ...HANDLER, functionName: 'orders' });
  const groups = Template.fromStack(stack).findResources('AWS::Logs::LogGroup', { Properties: { RetentionInDays: 30 } });
  assert.ok(Object.keys(groups).some((id) => id.startsWith('OrdersLogs')), Object.keys(groups).join());
});

test('functions that share a log group are subscribed once', () => {
  const { stack } = build({ subscribe: 'functions' });
  const logGroup = new LogGroup(stack, 'Shared');
  new Lambda(stack, 'Orders', { ...HANDLER, logGroup });
  new Lambda(stack, 'Mail', { ...HANDLER, logGroup });
  const made = Object.values(filters(stack));
  assert.equal(made.length, 1);
  assert.deepEqual(made[0]?.Properties.LogGroupName, { Ref: stack.getLogicalId(logGroup.node.defaultChild as never) });
});

test('CloudFormation functions are subscribed by their configured log group', () => {
  const { stack } = build({ subscribe: 'functions' });
  const role = 'arn:aws:iam::123456789012:role/lambda';
  new CfnFunction(stack, 'Old', { code: { zipFile: '1' }, handler: 'index.handler', runtime: 'nodejs22.x', role, loggingConfig: { logGroup: '/shared' } });
  assert.deepEqual(Object.values(filters(stack)).map((each) => each.Properties.LogGroupName), ['/shared']);
});

test('a log group can be subscribed by hand', () => {
  const { stack, tailwater } = build({ subscribe: 'none' });
  tailwater.subscribe(LogGroup.fromLogGroupName(stack, 'Other', '/other'));
  assert.deepEqual(Object.values(filters(stack)).map((each) => each.Properties.LogGroupName), ['/other']);
});
