/** Names of everything that is made, by which things can point at each other before they are there. */
import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

export class Names {
  public readonly logGroup: string;
  public readonly hook: string;
  public readonly failedQueue: string;
  public readonly deadQueue: string;
  /** The delivery path's own groups: forwarding them would feed itself. */
  public readonly ownGroups: string[];

  public constructor(public readonly forwarder: string) {
    if (!/^[a-z][a-z0-9-]{0,39}$/.test(forwarder)) {
      throw new Error(`name takes small letters, digits and -, at most 40, a letter first; it is ${forwarder}`);
    }
    this.logGroup = `/aws/lambda/${forwarder}`;
    // CodeDeploy's role may only invoke functions whose names begin with this.
    this.hook = `CodeDeployHook_${forwarder}`;
    this.failedQueue = `${forwarder}-failed`;
    this.deadQueue = `${forwarder}-failed-dead`;
    this.ownGroups = [this.logGroup, `${this.logGroup}-subscriber`, `${this.logGroup}-macro`, `/aws/lambda/${this.hook}`];
  }

  /** The ARN of a thing of a service, in the stack's own account and region. */
  public arn(scope: Construct, service: string, resource: string): string {
    const { partition, region, account } = Stack.of(scope);
    return `arn:${partition}:${service}:${region}:${account}:${resource}`;
  }
}
