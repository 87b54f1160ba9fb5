import { astToFormula, components, helpers, registries } from "@odoo/o-spreadsheet";
import { SEE_RECORD_LIST, SEE_RECORD_LIST_VISIBLE } from "@spreadsheet/list/list_actions";
import { getFirstListFunction } from "@spreadsheet/list/list_helpers";
import { SEE_RECORDS_PIVOT, SEE_RECORDS_PIVOT_VISIBLE } from "@spreadsheet/pivot/pivot_actions";
import { getNumberOfAccountFormulas } from "@spreadsheet_account/utils";
import { _t } from "@web/core/l10n/translation";
import { patch } from "@web/core/utils/patch";

const { cellMenuRegistry, clickableCellRegistry } = registries;
const { getFunctionsFromTokens } = helpers;

// JOURNAL ITEMS OF A BALANCE

function seesItems(position, getters) {
    const cell = getters.getCell(position);
    const { type, value } = getters.getEvaluatedCell(position);
    // No amount, no rows: Odoo would open those of other accounts.
    return Boolean(
        cell?.isFormula &&
            type === "number" &&
            value &&
            getNumberOfAccountFormulas(cell.compiledFormula.tokens) === 1
    );
}

/** The items of an accounting formula, by Odoo's own entry of the cell's menu. */
function seeItems(position, env, newWindow) {
    const getters = Object.assign(Object.create(env.model.getters), {
        getActivePosition: () => position,
    });
    const menu = cellMenuRegistry.get("move_lines_see_records");
    return menu.execute({ services: env.services, model: { getters } }, newWindow);
}

clickableCellRegistry.add("oms_account_items", {
    condition: seesItems,
    execute: seeItems,
    title: _t("See journal items"),
    sequence: 4,
});

// THE DOCUMENT OF A ROW OF OUR REPORTS

const DOCUMENTS = [
    [/^oms\.report\./, "action_open_record"],
    [/^oms\.open\.item$/, "action_open_document"],
];

function documentMethod(position, getters) {
    const listId = getters.getListIdFromPosition(position);
    const { model } = getters.getListDefinition(listId);
    return DOCUMENTS.find(([pattern]) => pattern.test(model))?.[1];
}

async function seeDocument(position, env, newWindow) {
    const { getters } = env.model;
    const cell = getters.getCorrespondingFormulaCell(position);
    const [, index] = getFirstListFunction(cell.compiledFormula.tokens).args;
    const listId = getters.getListIdFromPosition(position);
    const rows = await getters.getAsyncListDataSource(listId);
    const number = getters.evaluateFormula(position.sheetId, astToFormula(index));
    const id = rows.getIdFromPosition(number - 1);
    if (id) {
        const { model } = getters.getListDefinition(listId);
        const method = documentMethod(position, getters);
        const action = await env.services.orm.call(model, method, [[id]]);
        await env.services.action.doAction(action, { newWindow });
    }
}

clickableCellRegistry.add("oms_document", {
    condition: (position, getters) =>
        SEE_RECORD_LIST_VISIBLE(position, getters) && Boolean(documentMethod(position, getters)),
    execute: seeDocument,
    title: _t("Open document"),
    sequence: 5,
});

// THE ROWS OF A TILE

const DRILLS = [
    [SEE_RECORDS_PIVOT_VISIBLE, SEE_RECORDS_PIVOT],
    [seesItems, seeItems],
    [SEE_RECORD_LIST_VISIBLE, SEE_RECORD_LIST],
];

/** Find the cell that a figure is made of and whose rows can be opened: this one, or the first one
 * that its formula names. */
function findRows(position, getters) {
    const cell = getters.getCell(position);
    if (!cell?.isFormula) {
        return undefined;
    }
    const drill = DRILLS.find(([isVisible]) => isVisible(position, getters));
    if (drill) {
        return { position, open: drill[1] };
    }
    for (const { sheetId, zone } of cell.compiledFormula.dependencies) {
        const found = findRows({ sheetId, col: zone.left, row: zone.top }, getters);
        if (found) {
            return found;
        }
    }
}

patch(components.ScorecardChart.prototype, {
    /** The cell behind a tile of our dashboards; tiles of others stay as they are. */
    get omsRows() {
        const { getters } = this.env.model;
        const range = getters.getChart(this.props.chartId)?.keyValue;
        if (!range) {
            return undefined;
        }
        const position = {
            sheetId: range.sheetId,
            col: range.zone.left,
            row: range.zone.top,
        };
        const tokens = getters.getCell(position)?.compiledFormula?.tokens ?? [];
        return getFunctionsFromTokens(tokens, ["ODOO.OMS.SHORT"]).length
            ? findRows(position, getters)
            : undefined;
    },
    get hasOdooMenu() {
        return super.hasOdooMenu || Boolean(this.omsRows);
    },
    async onClick() {
        const rows = this.omsRows;
        if (!this.env.isDashboard() || super.hasOdooMenu || !rows) {
            return super.onClick();
        }
        await rows.open(rows.position, this.env, false);
    },
});
