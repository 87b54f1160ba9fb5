import json

from odoo import Command, fields
from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.oms_reports.models.account_account import PROFIT_AND_LOSS
from odoo.addons.oms_reports.models.oms_report_stage import FINAL_STAGES

from .test_spreadsheet_dashboard import NAMES, DashboardCase

# What the browser's scripts share: boards are opened in one page, one after the other.
HELPERS = """
    const env = odoo.__WOWL_DEBUG__.root.env;
    const loader = env.services.spreadsheet_dashboard_loader;
    const { registries } = odoo.loader.modules.get("@odoo/o-spreadsheet");
    const { waitForDataLoaded } = odoo.loader.modules.get("@spreadsheet/helpers/model");
    const ensure = (condition, message) => {
        if (!condition) {
            throw new Error(message);
        }
    };
    const until = async (condition, what) => {
        for (let tries = 0; tries < 400; tries++) {
            const found = condition();
            if (found) {
                return found;
            }
            await new Promise((resolve) => setTimeout(resolve, 50));
        }
        throw new Error(`waited in vain for ${what}`);
    };
    const cells = (model) =>
        model.getters
            .getSheetIds()
            .flatMap((id) => Object.values(model.getters.getEvaluatedCells(id)));
    /** A board with all its figures: no cell waits for the server, none is an error. */
    const openBoard = async (id) => {
        loader.activateDashboard(id);
        const board = loader.getActiveDashboard();
        await until(() => board.status === "Loaded", `board ${id}`);
        await waitForDataLoaded(board.model);
        const [broken] = cells(board.model).filter((cell) => cell.type === "error");
        ensure(!broken, `board ${id}: ${broken?.value} ${broken?.message}`);
        return board.model;
    };
    const at = (sheetId, col, row) => ({ sheetId, col, row });
    /** {title: {value, text, source}} of the tiles; source is the cell whose rows open. */
    const readTiles = (model) => {
        const { getters } = model;
        const sheet = getters.getSheetIds()[1];
        const tiles = {};
        for (let row = 0; row < getters.getNumberRows(sheet); row++) {
            const read = (col) => getters.getEvaluatedCell(at(sheet, col, row));
            const title = getters.getCell(at(sheet, 0, row)).content.match(/"(.*)"/)[1];
            tiles[title] ??= {
                number: row + 1,
                value: read(7).value,
                text: read(7).formattedValue,
                title: read(0).value,
                source: at(sheet, 1, row),
            };
        }
        return tiles;
    };
    const close = (one, other) => Math.abs(one - other) < 0.01;
    /** Do something and return the action that it opens, without opening it. */
    const opened = async (act) => {
        const original = env.services.action.doAction;
        let action;
        env.services.action.doAction = async (asked) => {
            action = asked;
        };
        try {
            await act();
            return await until(() => action, "the rows");
        } finally {
            env.services.action.doAction = original;
        }
    };
    const sum = async (model, domain, measure) => {
        const [row] = await env.services.orm.call(model, "formatted_read_group", [domain], {
            groupby: [],
            aggregates: [measure],
        });
        return row[measure] || 0;
    };
"""

# Each tile says what the database says, and its rows add up to it.
COMPARE = """
    for (const [id, expected] of Object.entries(EXPECTED)) {
        const model = await openBoard(Number(id));
        const tiles = readTiles(model);
        for (const [title, value] of Object.entries(expected)) {
            ensure(title in tiles, `no tile ${title}: ${Object.keys(tiles)}`);
            const shown = tiles[title].value;
            ensure(close(shown, value), `${title}: ${shown}, not ${value}`);
        }
        let clicked = 0;
        for (const [title, { number, source }] of Object.entries(tiles)) {
            const { content } = model.getters.getCell(source);
            const pivot = content.match(/PIVOT.VALUE\\(\\d+,"([^"]+)"/);
            const { value } = model.getters.getEvaluatedCell(source);
            if (!value || (pivot && !pivot[1].endsWith(":sum")) || content.includes("LIST")) {
                continue;
            }
            const canvas = await until(
                () => document.querySelector(`.o-figure[data-id$="-tile-${number}"] canvas`),
                `tile ${title}`
            );
            const action = await opened(() => canvas.click());
            const rows = await sum(
                action.res_model, action.domain, pivot ? pivot[1] : "balance:sum"
            );
            ensure(close(Math.abs(rows), Math.abs(value)), `${title}: ${value}, rows ${rows}`);
            clicked++;
        }
        ensure(clicked > 3, `board ${id}: only ${clicked} tiles were clicked`);
    }
"""

# A balance opens its journal items, a record of a list its document.
CELLS = """
    const drill = (model, position) =>
        registries.clickableCellRegistry
            .getAll()
            .sort((one, other) => one.sequence - other.sequence)
            .find(({ condition }) => condition(position, model.getters));
    const envOf = (model) => Object.assign(Object.create(env), { model });
    const find = (model, pattern) => {
        const { getters } = model;
        const sheet = getters.getSheetIds()[0];
        const found = [];
        for (let row = 0; row < getters.getNumberRows(sheet); row++) {
            for (let col = 0; col < getters.getNumberCols(sheet); col++) {
                const position = at(sheet, col, row);
                const { value } = getters.getEvaluatedCell(position);
                if (value && pattern.test(getters.getCell(position)?.content || "")) {
                    found.push(position);
                }
            }
        }
        return found;
    };
    const finance = await openBoard(FINANCE);
    const light = finance.getters.getChartRuntime("finance-tile-1");
    ensure(light.background === "#C0392B", `the light is ${light.background}`);
    const tile = await until(
        () => document.querySelector('.o-figure[data-id="finance-tile-1"] canvas'), "the light"
    );
    const page = await opened(() => tile.click());
    ensure(page === INTEGRITY, `the light opens ${page}`);
    const balances = find(finance, /ODOO.BALANCE/);
    ensure(balances.length > 2, `${balances.length} balances`);
    for (const position of balances) {
        const { value } = finance.getters.getEvaluatedCell(position);
        const run = () => drill(finance, position).execute(position, envOf(finance));
        const action = await opened(run);
        ensure(action.res_model === "account.move.line", action.res_model);
        const rows = await sum("account.move.line", action.domain, "balance:sum");
        ensure(close(Math.abs(rows), Math.abs(value)), `balance ${value}, items ${rows}`);
    }
    const operations = await openBoard(OPERATIONS);
    const [order] = find(operations, /ODOO.LIST\\(\\d+,1,"order_id"/);
    const run = () => drill(operations, order).execute(order, envOf(operations));
    const action = await opened(run);
    ensure(action.res_model === "sale.order" && action.res_id, JSON.stringify(action));
    console.log("test successful");
"""

# Indonesian: words, thousands and what stands for a million and a milliard.
WORDS = """
    const { shortFormat, scaleWord } = odoo.loader.modules.get(
        "@oms_reports/spreadsheet/short_number"
    );
    const plain = (text) => text.replace(/\\u00a0/g, " ");
    ensure(plain(scaleWord(2, "id-ID")) === " jt", scaleWord(2, "id-ID"));
    ensure(plain(scaleWord(3, "id-ID")) === " M", scaleWord(3, "id-ID"));
    ensure(scaleWord(2, "en-US") === "M" && scaleWord(3, "en-US") === "B", "English");
    ensure(scaleWord(2, "zh-CN") === "", "Chinese counts in ten thousands");
    ensure(shortFormat(95000, "[$Rp]#,##0.00", "id-ID") === "[$Rp]#,##0", "small amounts");
    ensure(plain(shortFormat(553249, "#,##0", "id-ID")) === "#,##0,[$ rb]", "thousands");
    ensure(
        plain(shortFormat(6.121e9, "[$Rp]#,##0.00", "id-ID")) === "[$Rp]#,##0.0,,,[$ M]",
        shortFormat(6.121e9, "[$Rp]#,##0.00", "id-ID")
    );
    const { getters } = await openBoard(FINANCE);
    const tiles = readTiles(loader.getActiveDashboard().model);
    for (const [title, [word, text]] of Object.entries(EXPECTED)) {
        ensure(tiles[title].title === word, `${title}: ${tiles[title].title}, not ${word}`);
        ensure(plain(tiles[title].text) === text, `${title}: ${tiles[title].text}, not ${text}`);
    }
    const heading = getters.getEvaluatedCell(at(getters.getSheetIds()[0], 0, 0));
    ensure(!document.querySelector(".fa-share-alt"), "the books have a Share button");
    await openBoard(OPERATIONS);
    await until(() => document.querySelector(".fa-share-alt"), "the Share button");
    console.log("test successful");
"""

# Sums of several currencies are empty and no errors, counts are there, and the board says why.
CURRENCIES = """
    for (const [name, id] of Object.entries(BOARDS)) {
        const tiles = readTiles(await openBoard(id));
        for (const [title, [value, text]] of Object.entries(EXPECTED[name] || {})) {
            ensure(title in tiles, `no tile ${title}: ${Object.keys(tiles)}`);
            const shown = tiles[title];
            ensure(shown.value === value, `${title}: ${shown.value}, not ${value}`);
            ensure(shown.text === text, `${title}: "${shown.text}", not "${text}"`);
        }
        await until(() => document.querySelector(".o_oms_currencies"), `the words on ${name}`);
    }
    console.log("test successful");
"""


class BrowserCase(DashboardCase, HttpCase):
    ready = ".o_spreadsheet_dashboard_action .o-figure"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # The browser's clock is the company's, as it is where people work.
        cls.env.company.partner_id.tz = "UTC"
        cls.owner = new_test_user(
            cls.env,
            "owner",
            "oms_fulfillment.group_oms_manager",
            company_id=cls.env.company.id,
            company_ids=[Command.set(cls.env.company.ids)],
            tz="UTC",
        )
        cls.ids = {name: dashboard.id for name, dashboard in cls.dashboards.items()}

    def _run(self, code, name="operations", companies=(), **values):
        """Run a script on a board's page; ``values`` are its constants."""
        self.env.flush_all()
        constants = "".join(f"const {key} = {json.dumps(item)};" for key, item in values.items())
        self.browser_js(
            f"/odoo/dashboards?dashboard_id={self.ids[name]}",
            f"(async () => {{ {constants} {HELPERS} {code} }})()"
            ".catch((error) => console.error(error.message));",
            f"!!document.querySelector('{self.ready}')",
            login="owner",
            cookies={"cids": "-".join(map(str, companies))} if companies else None,
        )

    def _ledger_balance(self, *domain):
        [(balance,)] = self.env["account.move.line"]._read_group(
            [
                ("parent_state", "=", "posted"),
                ("company_id", "=", self.env.company.id),
                *domain,
            ],
            [],
            ["balance:sum"],
        )
        return balance or 0.0


@tagged("post_install", "-at_install")
class TestDashboardFigures(BrowserCase):
    """In a real browser: figures are the database's, and a click opens what they are made of."""

    def _shop(self):
        self._confirmed()
        late = self._confirmed()
        late.oms_promise_current = fields.Datetime.subtract(fields.Datetime.now(), days=2)
        self._collected()
        self._document([(self.product, self.income, 7000)])
        self._document([(self.product, self.income, 2000)], "out_refund")
        self._entry(self.receivable, 500)
        self._entry(self.bank.default_account_id, -90000)
        self._settle()
        self.env["oms.proof.result"].create({"violation_count": 2, "violations": []})

    def test_companies_with_different_currencies(self):
        self._shop()
        abroad = self.env["res.company"].create(
            {"name": "Abroad Inc.", "currency_id": self.env.ref("base.USD").id}
        )
        self.env.user.company_ids |= abroad
        self.owner.company_ids |= abroad
        env = self.env(context={**self.env.context, "allowed_company_ids": abroad.ids})
        journal = env["account.journal"].create({"name": "J", "code": "J", "type": "general"})
        income, cash = env["account.account"].create(
            [
                {"code": "970001", "name": "Sales abroad", "account_type": "income"},
                {"code": "970002", "name": "Cash abroad", "account_type": "asset_cash"},
            ]
        )
        lines = [{"account_id": income.id, "credit": 50}, {"account_id": cash.id, "debit": 50}]
        entry = env["account.move"].create(
            {"journal_id": journal.id, "line_ids": [Command.create(line) for line in lines]}
        )
        entry.action_post()
        self._run(
            CURRENCIES,
            companies=[self.env.company.id, abroad.id],
            BOARDS=self.ids,
            EXPECTED={
                "finance": {
                    "Net sales": ["–", "–"],
                    "Contribution %": ["–", "–"],
                    "Profit in the ledger": ["–", "–"],
                    "Cash and bank today": ["–", "–"],
                },
                "sales": {
                    "Value of orders": ["–", "–"],
                    "Value of an order": ["–", "–"],
                    "Orders sold": [3, "3"],
                },
            },
        )

    def _expected(self):
        Order = self.env["sale.order"]
        managed = [("oms_channel_id", "!=", False), ("company_id", "=", self.env.company.id)]
        orders = Order.search(managed)
        final = orders.filtered(lambda order: order.oms_stage_id.code in FINAL_STAGES)
        today = fields.Date.to_string(fields.Date.context_today(Order))
        statements = self.env["oms.statement"]
        profit = -self._ledger_balance(("account_id.account_type", "in", PROFIT_AND_LOSS))
        return {
            self.ids["operations"]: {
                "Open orders now": len(orders - final),
                "Promises missed now": 1,
                "Orders": len(orders),
                "Integrity: violations": 2,
            },
            self.ids["sales"]: {
                "Value of orders": sum(orders.mapped("amount_untaxed")),
                "Customers": len(orders.partner_id.commercial_partner_id),
                "Units in an order": sum(orders.order_line.mapped("product_uom_qty")) / len(orders),
            },
            self.ids["finance"]: {
                "Profit in the ledger": profit,
                "Cash and bank today": self._ledger_balance(
                    ("account_id.account_type", "=", "asset_cash")
                ),
            },
            self.ids["receivables"]: {
                title: statements.get_ageing(kind, today)["lines"][-1]["amounts"][-1]
                for kind, title in (
                    ("cod", "COD at couriers"),
                    ("marketplace", "At marketplaces"),
                    ("payable", "Payables"),
                )
            }
            | self._owed(),
        }

    def _owed(self):
        """Open receivables by their sign, from the journal items themselves."""
        items = self.env["account.move.line"].search(
            [
                ("account_id.account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                ("company_id", "=", self.env.company.id),
            ]
        )
        open_amounts = items.mapped("amount_residual")
        return {
            "Receivables": sum(amount for amount in open_amounts if amount > 0),
            "Paid in advance": -sum(amount for amount in open_amounts if amount < 0),
        }

    def test_figures_are_the_database_and_open_their_rows(self):
        self._shop()
        self._run(
            COMPARE + CELLS,
            EXPECTED=self._expected(),
            FINANCE=self.ids["finance"],
            OPERATIONS=self.ids["operations"],
            INTEGRITY=self.env.ref("oms_reports.action_oms_integrity").id,
        )

    def test_indonesian(self):
        self.env["res.lang"]._activate_lang("id_ID")
        self.owner.lang = "id_ID"
        self._document([(self.product, self.income, 6_121_000_000)])
        self._entry(self.receivable, 54_300_000)
        self._run(
            WORDS,
            "finance",
            FINANCE=self.ids["finance"],
            OPERATIONS=self.ids["operations"],
            EXPECTED={
                "Net sales": ["Penjualan bersih", "Rp6,1 M"],
                "Courier costs": ["Biaya kurir", "Rp0"],
            },
        )


@tagged("post_install", "-at_install")
class TestDashboardPhone(BrowserCase):
    """On a telephone Odoo shows the tiles and charts: all of them, none wider than the screen, and
    a tile opens its rows there as well. A database without money shows none, and no error."""

    browser_size = "390x844"
    touch_enabled = True
    ready = ".o-mobile-figure canvas"

    def test_tiles_and_charts(self):
        self._confirmed()
        self._run(
            """
            for (const id of BOARDS) {
                const model = await openBoard(id);
                const count = model.getters.getFigures(model.getters.getActiveSheetId()).length;
                const figures = await until(() => {
                    const shown = document.querySelectorAll(".o-mobile-figure[style]");
                    return shown.length === count && [...shown];
                }, `${count} figures of board ${id}`);
                const wide = figures.filter(
                    (figure) => figure.getBoundingClientRect().right > window.innerWidth + 1
                );
                ensure(!wide.length, `board ${id} is wider than the screen`);
            }
            await openBoard(BOARDS[0]);
            const tile = await until(
                () => document.querySelector('.o-mobile-figure canvas[title="Orders"]'), "a tile"
            );
            const action = await opened(() => tile.click());
            ensure(action.res_model === "oms.report.order", action.res_model);
            console.log("test successful");
            """,
            BOARDS=[self.ids[name] for name in NAMES],
        )
