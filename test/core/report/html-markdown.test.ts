import { describe, expect, it } from 'vitest';
import { renderMarkdown } from '../../../src/core/report/html-markdown.ts';
import { sharedPath } from '../../support/shared.ts';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

describe('markdown', () => {
  it.each([
    ['a heading, never above the page’s own', '# One', '<h3>One</h3>\n'],
    ['emphasis and code', '**a** *b* `c<d`', '<p><strong>a</strong> <em>b</em> <code>c&lt;d</code></p>\n'],
    ['an ordered list from three', '3. a\n4. b', '<ol start="3"><li>a</li><li>b</li></ol>\n'],
    ['a fence', '```yaml\na: <b>\n```', '<pre><code>a: &lt;b&gt;\n</code></pre>\n'],
    [
      'a diff',
      '```diff\n a\n-b\n+c\n```',
      '<pre class="diff"><code> a\n<span class="removed">-b</span>\n<span class="added">+c</span>\n</code></pre>\n',
    ],
    [
      'an alert',
      '> [!CAUTION]\n> **No** `x`',
      '<div class="alert caution"><p class="alert-title">Caution</p><p><strong>No</strong> <code>x</code></p>\n</div>\n',
    ],
    ['a quote that is none', '> [!ODD]\n> x', '<blockquote><p>[!ODD]<br>\nx</p>\n</blockquote>\n'],
    [
      'details with markdown inside',
      '<details><summary><b>a</b> · 1</summary>\n\n`x`\n</details>',
      '<details><summary><b>a</b> · 1</summary><p><code>x</code></p>\n</details>',
    ],
    ['sub inline', '<sub>small `x`</sub>', '<p><sub>small <code>x</code></sub></p>\n'],
    [
      'a link',
      '[x](https://a.example/?b&c)',
      '<p><a href="https://a.example/?b&amp;c" rel="nofollow noreferrer">x</a></p>\n',
    ],
  ])('shows %s', (_what, source, html) => {
    expect(renderMarkdown(source)).toBe(html);
  });

  it('shows tables: alignment, escaped pipes, cells that look like blocks, missing cells', () => {
    const source = 'before\n| a | b |\n|:--|--:|\n| `x \\| y` | # 1 |\n| - | \n';
    expect(renderMarkdown(source)).toBe(
      '<p>before</p>\n<div class="table"><table><thead><tr><th class="left">a</th><th class="right">b</th></tr></thead><tbody>' +
        '<tr><td class="left"><code>x | y</code></td><td class="right"># 1</td></tr>' +
        '<tr><td class="left">-</td><td class="right"></td></tr></tbody></table></div>\n',
    );
  });

  it.each([
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '<details ontoggle=alert(1) open>x</details>',
    '<b onclick="alert(1)">x</b>',
    '<sub\nstyle="position:fixed">x</sub>',
    '[x](javascript:alert(1))',
    '[x](JaVaScRiPt:alert(1))',
    '[x](//evil.example)',
    '[x](data:text/html,y)',
    '![x](https://evil.example/track.png)',
    '<a href="https://evil.example">x</a>',
    '| a |\n|---|\n| <script>alert(1)</script> |',
    '`<script>`\n\n<!-- <script>alert(1)</script> -->',
    '> <script>alert(1)</script>',
    '[x]: javascript:alert(1)\n[x]',
    '</div></main><script>x</script>',
  ])('lets nothing through of %j', (source) => {
    const html = renderMarkdown(source);
    const tags = [...html.matchAll(/<\/?([a-z0-9]+)([^>]*)>/gi)];
    const allowed = new Set([
      'p',
      'code',
      'details',
      'summary',
      'sub',
      'b',
      'br',
      'a',
      'table',
      'thead',
      'tbody',
      'tr',
      'th',
      'td',
      'div',
      'blockquote',
      'pre',
    ]);
    expect(tags.map(([, tag]) => tag).filter((tag) => !allowed.has(tag ?? ''))).toEqual([]);
    expect(
      tags
        .map(([, , attributes]) => attributes)
        .filter((text) => !/^(?: class="[\w -]+")?(?: open)?$/.test(text ?? '')),
    ).toEqual([]);
  });

  it('closes what was left open, and only that', () => {
    expect(renderMarkdown('<details><summary>a\n\ntext')).toBe(
      '<details><summary>a<p>text</p>\n</summary></details>',
    );
    expect(renderMarkdown('a</details></b>b')).toBe('<p>ab</p>\n');
    expect(renderMarkdown('> <details>\n\nout')).toBe(
      '<blockquote><details></details></blockquote>\n<p>out</p>\n',
    );
  });

  const examples = sharedPath('examples');
  it.skipIf(examples === undefined)(
    'shows the drafts of comments whole: no raw markup is left as text',
    () => {
      for (const name of readdirSync(examples ?? '.').filter(
        (file) => file.endsWith('.md') && file !== 'README.md',
      )) {
        const html = renderMarkdown(readFileSync(join(examples ?? '.', name), 'utf8'));
        expect(html).not.toMatch(/&lt;\/?(?:details|summary|b|sub)&gt;|\[!CAUTION\]|^\|/m);
        expect(html.match(/<details/g)?.length).toBe(html.match(/<\/details>/g)?.length);
      }
    },
  );
});
