// Every page at all widths, with few and many functions, odd names, no data and gaps. With SHOTS, a screenshot of each is to
// be looked at.
import { join } from "node:path";
import { after, test } from "node:test";
import { checkAtAllWidths } from "./all-widths.mjs";
import { demoStore, serve, stopAll, temporaryFolder } from "./fixture.mjs";
import { drawnLabels, labelFaults, recordLabels } from "./labels.mjs";
import { manyFunctions, ODD_NAMES, oneFunction, withGap } from "./stores.mjs";

after(stopAll);

const odd = (at) => `/function?name=${encodeURIComponent(ODD_NAMES[at])}`;

const STORES = {
  demo: {
    make: demoStore,
    views: {
      functions: "/",
      function: "/function?name=checkout-api",
      invocations: "/invocations?outcome=failed&sort=duration",
      invocation: async ({ page, go }) => {
        await go("/invocations?function=checkout-api&outcome=error");
        await page.locator("tbody a.name").first().click();
        await page.waitForURL(/\/invocation\?/);
      },
      errors: "/errors",
      cost: "/cost",
      insight: "/insight",
      compare: "/compare",
      logs: "/logs?level=warn",
    },
  },
  one: { make: oneFunction, views: { functions: "/", function: "/function?name=only", insight: "/insight" } },
  many: {
    make: manyFunctions,
    views: { functions: "/", long: odd(2), rtl: odd(3), insight: "/insight", compare: "/compare" },
  },
  empty: {
    make: () => ({ store: join(temporaryFolder(), "empty.db") }),
    views: { functions: "/", cost: "/cost", insight: "/insight", compare: "/compare" },
  },
  gap: {
    make: withGap,
    views: { functions: "/", function: "/function?name=seldom", cost: "/cost" },
  },
};

/** Header and content that begin at different places, and columns whose title does not stand above their numbers. */
function layoutFaults() {
  const faults = [];
  const brand = document.querySelector(".brand").getBoundingClientRect().left;
  const content = document.querySelector("main > :not(.visually-hidden)")?.getBoundingClientRect().left;
  if (content !== undefined && Math.abs(brand - content) > 1)
    faults.push(`header begins at ${brand}, content at ${content}`);
  const rightOf = (node) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    return range.getBoundingClientRect().right;
  };
  for (const table of document.querySelectorAll("main table")) {
    for (const [at, head] of [...table.querySelectorAll("thead th.r")].entries()) {
      const cell = table.querySelectorAll("tbody tr:first-child > .r")[at];
      const title = head.firstElementChild;
      if (!cell || cell.textContent === "" || head.offsetWidth === 0) continue;
      const difference = rightOf(title) - rightOf(cell);
      if (Math.abs(difference) > 2)
        faults.push(`title ${title.textContent} is ${difference} px off its numbers`);
    }
  }
  return faults;
}

for (const [name, { make, views }] of Object.entries(STORES)) {
  test(`pages of the store "${name}" at all widths`, async () => {
    const server = await serve(make().store);
    await checkAtAllWidths(server, views, {
      prefix: `${name}-`,
      init: recordLabels,
      faults: async (page) => [
        ...(await page.evaluate(layoutFaults)),
        ...(await drawnLabels(page)).flatMap(labelFaults),
      ],
    });
    await server.stop();
  });
}
