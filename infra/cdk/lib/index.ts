/** Turns AWS Lambda's logs into logs, metrics, cold-start and cost insight. */
export { SubscribeFunctions } from './aspect';
export type { Settings } from './settings';
export { Tailwater } from './tailwater';
export type { TailwaterProps } from './props';
