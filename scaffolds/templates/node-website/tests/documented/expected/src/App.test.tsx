import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, expect, test } from 'vitest';

import { App } from './App';

afterEach(cleanup);

test('the page has the title of the website', () => {
  render(<App />);
  expect(screen.getByRole('heading', { level: 1 }).textContent).toBe("Gift list of the family");
});

test('a visitor who gives a name is greeted', () => {
  render(<App />);
  expect(screen.queryByRole('status')).toBeNull();
  fireEvent.change(screen.getByRole('textbox'), { target: { value: 'Ada' } });
  expect(screen.getByRole('status').textContent).toContain('Ada');
});
