/** Suppressions of findings of checkov and cdk-nag, with reasons, in the metadata of the template. */
import type { CfnResource } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Suppresses rules for a construct, with a reason each. Rules of checkov begin with CKV, others are cdk-nag's. */
export function suppress(construct: IConstruct, reasons: Record<string, string>): void {
  const resource = construct.node.defaultChild as CfnResource;
  const entries = Object.entries(reasons);
  const checkov = entries.filter(([id]) => id.startsWith('CKV')).map(([id, comment]) => ({ id, comment }));
  const nag = entries.filter(([id]) => !id.startsWith('CKV')).map(([id, reason]) => ({ id, reason }));
  if (checkov.length > 0) resource.addMetadata('checkov', { skip: checkov });
  if (nag.length > 0) resource.addMetadata('cdk_nag', { rules_to_suppress: nag });
}
