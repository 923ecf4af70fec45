/** Names of all resources, so that they can refer to each other before they exist. */
import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

export class Names {
  public readonly logGroup: string;
  public readonly hook: string;
  public readonly failedQueue: string;
  public readonly deadQueue: string;
  /** Log groups of Tailwater itself, which must not be forwarded: that would create an endless loop. */
  public readonly ownGroups: string[];

  public constructor(public readonly forwarder: string) {
    if (!/^[a-z][a-z0-9-]{0,39}$/.test(forwarder)) {
      throw new Error(`invalid name ${forwarder}: expected at most 40 lowercase letters, digits and -, beginning with a letter`);
    }
    this.logGroup = `/aws/lambda/${forwarder}`;
    // CodeDeploy's managed policy allows it to invoke only functions with this name prefix.
    this.hook = `CodeDeployHook_${forwarder}`;
    this.failedQueue = `${forwarder}-failed`;
    this.deadQueue = `${forwarder}-failed-dead`;
    this.ownGroups = [this.logGroup, `${this.logGroup}-subscriber`, `${this.logGroup}-macro`, `/aws/lambda/${this.hook}`];
  }

  /** Returns the ARN of a resource in the account and region of the stack. */
  public arn(scope: Construct, service: string, resource: string): string {
    const { partition, region, account } = Stack.of(scope);
    return `arn:${partition}:${service}:${region}:${account}:${resource}`;
  }
}
