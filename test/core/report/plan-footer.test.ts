import { expect, it } from 'vitest';
import { verificationText } from '../../../src/core/report/plan-footer.ts';
import { plan } from '../../support/values.ts';

it('says what the preview was checked against, and when there was nothing to check it against', () => {
  const checked = (compared: number): string =>
    verificationText({ ...plan({}), verification: { equal: compared, compared } });
  expect(checked(2)).toBe('preview checked against the server: 2 of 2 equal');
  expect(checked(0)).toBe('the server has no config yet to check the preview against');
});
