/** Aspect that subscribes every function of an app or a stack. */
import { CfnResource, Token, type IAspect } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnLogGroup, LogGroup, RetentionDays, type ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { IConstruct } from 'constructs';
import { suppress } from './reasons';
import type { Tailwater } from './tailwater';

export interface SubscribeFunctionsProps {
  /** Retention of log groups created for functions that have none. By default a month. */
  readonly retention?: RetentionDays;
  /** KMS key of these log groups. By default the key of CloudWatch Logs. */
  readonly encryptionKey?: IKey;
}

export class SubscribeFunctions implements IAspect {
  private readonly seen = new Set<string>();

  public constructor(
    private readonly tailwater: Tailwater,
    private readonly props: SubscribeFunctionsProps = {},
  ) {}

  /** Subscribes a function, unless it is one of Tailwater itself: forwarding its logs would create an endless loop. */
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

  /** Creates the log group: Lambda would create it only at the first invocation, too late to subscribe it. */
  private newGroup(node: CfnFunction): ILogGroup {
    const group = new LogGroup(node, 'Logs', {
      logGroupName: `/aws/lambda/${node.ref}`,
      retention: this.props.retention ?? RetentionDays.ONE_MONTH,
      encryptionKey: this.props.encryptionKey,
    });
    suppress(group, { CKV_AWS_158: 'a key can be set by a property; by default CloudWatch encrypts log groups with its own' });
    return group;
  }

  /** Returns the log group of this app that a function refers to, or imports the one of that name. */
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
