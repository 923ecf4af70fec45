/** Tells checkers, in the template itself, why something is as it is. */
import type { CfnResource } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Reasons by rule; a rule that begins with CKV is checkov's, others are those of cdk-nag. */
export function because(construct: IConstruct, reasons: Record<string, string>): void {
  const resource = construct.node.defaultChild as CfnResource;
  const entries = Object.entries(reasons);
  const checkov = entries.filter(([id]) => id.startsWith('CKV')).map(([id, comment]) => ({ id, comment }));
  const nag = entries.filter(([id]) => !id.startsWith('CKV')).map(([id, reason]) => ({ id, reason }));
  if (checkov.length > 0) resource.addMetadata('checkov', { skip: checkov });
  if (nag.length > 0) resource.addMetadata('cdk_nag', { rules_to_suppress: nag });
}
