// Why an image is not in a snapshot, in words.

const REASONS: Record<string, string> = {
  no_consent: 'Its owner did not agree to training',
  deleted: 'It was deleted',
  customer_gone: 'Its customer is being removed, or shut the bucket',
  not_staged: 'The feed had not come to it',
  rejected: 'The feed could not take it',
  other_customer: 'Of a customer the recipe does not name',
  other_time: 'Uploaded at a time the recipe does not name',
  too_small: 'Smaller than the recipe wants',
  other_labels: 'It has none of the recipe’s labels',
  duplicate: 'The same bytes were uploaded earlier',
  over_balance: 'Its class had enough images',
};

export const reasonText = (reason: string) => REASONS[reason] ?? reason.replaceAll('_', ' ');
export const sum = (counts: Record<string, number>) => Object.values(counts).reduce((total, one) => total + one, 0);
