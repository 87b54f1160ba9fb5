import { DashboardLoader } from "@spreadsheet_dashboard/bundle/dashboard_action/dashboard_loader_service";
import { patch } from "@web/core/utils/patch";

// A button that can only be refused is not shown, and amounts that are empty are explained.
patch(DashboardLoader.prototype, {
    _getFetchGroupsSpecification() {
        const specification = super._getFetchGroupsSpecification();
        specification.published_dashboard_ids.fields.oms_private = {};
        specification.published_dashboard_ids.fields.oms_currencies_differ = {};
        return specification;
    },
});
