/** Test fixture: a stack with a forwarder, and its template. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Tailwater, type TailwaterProps } from '../lib';

/** Returns a substitute for the release zip, with the same bytes and hash each time. */
export function package_(): Code {
  const folder = mkdtempSync(join(tmpdir(), 'tailwater-cdk-'));
  writeFileSync(join(folder, 'bootstrap'), 'not a program\n');
  return Code.fromAsset(folder);
}

export const OTLP = { sinks: ['otlp' as const], otlpEndpoint: 'https://collector.example:4318' };

export interface Built {
  readonly app: App;
  readonly stack: Stack;
  readonly tailwater: Tailwater;
}

export function build(props: Partial<TailwaterProps> = {}): Built {
  const app = new App({ analyticsReporting: false });
  const stack = new Stack(app, 'Test', { env: { account: '123456789012', region: 'eu-west-1' } });
  const tailwater = new Tailwater(stack, 'Logs', { ...OTLP, code: package_(), ...props });
  return { app, stack, tailwater };
}

export function template(props: Partial<TailwaterProps> = {}): Template {
  return Template.fromStack(build(props).stack);
}
