/** Subscribes every function of an app or a stack. */
import { CfnResource, Token, type IAspect } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnLogGroup, LogGroup, RetentionDays, type ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { IConstruct } from 'constructs';
import { because } from './reasons';
import type { Tailwater } from './tailwater';

export interface SubscribeFunctionsProps {
  /** Of log groups that this makes, for functions that have none of their own. By default a month. */
  readonly retention?: RetentionDays;
  /** A key for these log groups. By default CloudWatch's own. */
  readonly encryptionKey?: IKey;
}

export class SubscribeFunctions implements IAspect {
  private readonly seen = new Set<string>();

  public constructor(
    private readonly tailwater: Tailwater,
    private readonly props: SubscribeFunctionsProps = {},
  ) {}

  /** Functions of the forwarder itself are left out: forwarding them would feed itself. */
  public visit(node: IConstruct): void {
    if (!(node instanceof CfnFunction) || node.node.scopes.includes(this.tailwater)) return;
    const group = this.groupOf(node);
    // Functions that share a group are subscribed once.
    const key = group.node.path;
    if (this.seen.has(key)) return;
    this.seen.add(key);
    this.tailwater.subscribe(group);
  }

  private groupOf(node: CfnFunction): ILogGroup {
    const logging = node.loggingConfig;
    const given = logging && !('resolve' in logging) ? logging.logGroup : undefined;
    return given === undefined ? this.newGroup(node) : this.found(node, given);
  }

  /** Lambda would make the group at the first invocation, too late to subscribe it. */
  private newGroup(node: CfnFunction): ILogGroup {
    const group = new LogGroup(node, 'Logs', {
      logGroupName: `/aws/lambda/${node.ref}`,
      retention: this.props.retention ?? RetentionDays.ONE_MONTH,
      encryptionKey: this.props.encryptionKey,
    });
    because(group, { CKV_AWS_158: 'a key is a property; CloudWatch encrypts log groups with its own otherwise' });
    return group;
  }

  /** The group of this app that a function names by reference, else the one of that name. */
  private found(node: CfnFunction, name: string): ILogGroup {
    const made = node.node.root.node.findAll().find((each) => each instanceof CfnLogGroup && this.names(each, name));
    const parent = made?.node.scope;
    return parent instanceof LogGroup ? parent : this.imported(node, name);
  }

  private names(group: CfnResource, name: string): boolean {
    return Token.isUnresolved(name) && JSON.stringify(group.stack.resolve(name)) === JSON.stringify(group.stack.resolve(group.ref));
  }

  private imported(node: CfnFunction, name: string): ILogGroup {
    return (node.node.tryFindChild('Logs') as ILogGroup | undefined) ?? LogGroup.fromLogGroupName(node, 'Logs', name);
  }
}
