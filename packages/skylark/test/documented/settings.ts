import { defineSettings, loadSettings, serve, setting } from "skylark";

const definition = defineSettings({
  pageSize: setting.integer({ default: 20, min: 1, env: "SHELF_PAGE_SIZE", flag: "page-size", describe: "Rows." }),
});
const settings = loadSettings(definition, { service: "shelf" });

const shelf = { page: async (number: number) => `rows ${number * settings.values.pageSize} and on` };
await serve("shelf", shelf, { settings }); // sky config shows them beside the framework's

export { shelf };
