"""The pages of the catalog that `build_catalog` makes, by name, and the password of its people."""

PASSWORD = "only-for-tests"
# As long as names may be: whatever shows them must stay within its frame.
LONG_MODEL = "numerals-written-by-hand-as-the-postal-service-sorts-them-v2024"
LONG_DATASET = "numerals-written-by-hand-8x8-pixels-of-sixteen-grey-levels.test"

PAGES = {
    "home": "/admin/",
    "model": "/models/tumour/",
    "regression model": "/models/air-time/",
    "version": "/models/tumour/3/",
    "version in production": "/models/tumour/2/",
    "regression version": "/models/air-time/1/",
    "compare": "/admin/catalog/modelversion/compare/?v=1&v=2&v=3",
    "dataset": "/datasets/cancer/",
    "dataset version": "/datasets/cancer/2/",
    "upload": "/admin/catalog/dataset/upload/?name=cancer",
    "promote": "/admin/catalog/modelversion/3/promote/",
    "set alias": "/admin/catalog/modelversion/3/set-alias/",
    "edit notes": "/admin/catalog/modelversion/3/edit-notes/",
    "refused archive": "/admin/catalog/modelversion/2/archive/",
    "roll back": "/admin/catalog/registeredmodel/1/roll-back/",
    "describe model": "/admin/catalog/registeredmodel/1/describe/",
    "models": "/admin/catalog/registeredmodel/",
    "versions": "/admin/catalog/modelversion/",
    "datasets": "/admin/catalog/dataset/",
    "dataset versions": "/admin/catalog/datasetversion/",
    "aliases": "/admin/catalog/alias/",
    "audit events": "/admin/catalog/auditevent/",
    "predictions": "/admin/catalog/prediction/",
    "audit event": "/admin/catalog/auditevent/1/change/",
    "alias": "/admin/catalog/alias/1/change/",
    "history": "/admin/catalog/modelversion/2/history/",
    "searched versions": "/admin/catalog/modelversion/?q=tumour&state=READY",
    "password": "/admin/password_change/",
    "many classes": f"/models/{LONG_MODEL}/1/",
    "long names": f"/datasets/{LONG_DATASET}/1/",
    "failed version": "/models/air-time/3/",
    "quarantined version": "/models/iris/1/",
    "trashed version": "/models/tumour/4/",
    "approve": "/admin/catalog/modelversion/8/approve/",
    "upload model": "/admin/catalog/modelversion/upload/",
    "trash dataset": "/admin/catalog/datasetversion/1/trash/",
}
