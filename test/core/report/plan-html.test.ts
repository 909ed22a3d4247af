import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/core/document/limits.ts';
import { renderMarkdown } from '../../../src/core/report/html-markdown.ts';
import { renderNodes } from '../../../src/core/report/html-nodes.ts';
import { drawPlan } from '../../../src/core/report/plan-comment.ts';
import { planHtml } from '../../../src/core/report/plan-html.ts';
import { configurationPlan, configDiff, finding, plan } from '../../support/values.ts';
import { incident, incidentContext } from './incident.ts';

describe('a plan as a page', () => {
  it('says what the comment says', () => {
    const html = planHtml(incident(), incidentContext);
    expect(html).toMatch(/^<!doctype html>/);
    expect(html).toContain('<div class="alert caution"><p class="alert-title">Caution</p>');
    expect(html).toContain('<span class="added">+ ');
    expect(html).toContain('<table>');
    expect(html).not.toContain('<!-- collie');
  });

  it('is what its Markdown says, though nobody reads the Markdown for it', () => {
    const hostile = finding({ message: 'a <b>b</b> | `c|d` #1 @who https://a.example \\| *x* [y](z)' });
    for (const one of [incident(), plan({ findings: [hostile] }), plan({})]) {
      const drawn = drawPlan(one, incidentContext, '', Number.MAX_SAFE_INTEGER);
      expect(renderNodes(drawn.nodes())).toBe(renderMarkdown(drawn.body));
    }
  });

  it('loads nothing and runs nothing, whatever stands in it', () => {
    const evil = '<script>alert(1)</script><img src=x onerror=alert(1)>';
    const hostile = plan({
      findings: [finding({ message: evil })],
      configurations: [configurationPlan(evil, { diff: configDiff([`+a: ${evil}`]) })],
      incompleteReasons: [evil],
      complete: false,
    });
    const html = planHtml(hostile, {});
    expect(html).toContain(`http-equiv="content-security-policy" content="default-src 'none';`);
    expect(html).not.toMatch(/<(?:script|img|link|iframe)\b/);
    expect(html).not.toMatch(/<[a-z][^>]*\s(?:src|on\w+)=/);
  });

  it('cuts nothing where a comment has to', () => {
    const lines = Array.from({ length: 190 }, (_, index) => `+key-${index}: ${'x'.repeat(400)}`);
    const configurations = Array.from({ length: 8 }, (_, index) =>
      configurationPlan(`c${index}`, { diff: configDiff([`+only: ${index}`, ...lines]) }),
    );
    const html = planHtml(plan({ configurations }), {});
    expect(html.length).toBeGreaterThan(6 * LIMITS.report.commentBytes);
    expect(html).not.toContain('left out');
  });
});
