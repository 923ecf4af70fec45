import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Aspects } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { build } from './fixture';

test('cdk-nag reports no findings', () => {
  const { app, stack } = build({ subscribe: 'account', throughKinesis: true });
  Aspects.of(app).add(new AwsSolutionsChecks());
  const annotations = Annotations.fromStack(stack);
  const found = [...annotations.findError('*', Match.anyValue()), ...annotations.findWarning('*', Match.anyValue())];
  assert.deepEqual(found.map((each) => `${each.id} ${String(each.entry.data)}`), []);
});
