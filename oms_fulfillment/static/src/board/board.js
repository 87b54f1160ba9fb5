import { registry } from "@web/core/registry";
import { KanbanHeader } from "@web/views/kanban/kanban_header";
import { KanbanRenderer } from "@web/views/kanban/kanban_renderer";
import { kanbanView } from "@web/views/kanban/kanban_view";

/** The head of a column: how many orders, what they are worth, and how long the oldest waits. */
export class BoardHeader extends KanbanHeader {
    static template = "oms_fulfillment.BoardHeader";

    /** The board is sorted by age, so the first card of a column is its oldest. */
    get oldest() {
        const { list, isFolded } = this.group;
        const [first] = isFolded || this.props.list.model.useSampleModel ? [] : list.records;
        const { oms_stage_age: age, oms_late: late } = first?.data || {};
        return age ? { age, late } : null;
    }
}

export class BoardRenderer extends KanbanRenderer {
    static components = { ...KanbanRenderer.components, KanbanHeader: BoardHeader };
}

registry.category("views").add("oms_board", { ...kanbanView, Renderer: BoardRenderer });
