"""Every address about sites. A domain has a dot in it, so no word below ``sites/`` can be one."""

from django.urls import path

from aegir.pages import site, site_bulk, site_compare, site_moves, site_new, site_verbs, sites

about_sites = [
    path("sites", sites.sites, name="sites"),
    path("sites/bulk", site_bulk.bulk, name="sites_bulk"),
    path("sites/migrate", site_bulk.migrate, name="sites_migrate"),
    path("sites/delete", site_bulk.delete, name="sites_delete"),
    path("install", site_new.install, name="install"),
    path("deploy", site_new.deploy, name="deploy"),
    path("sites/<domain>", site.site, name="site"),
    path("sites/<domain>/aliases", site.aliases, name="site_aliases"),
    path("sites/<domain>/backups", site.backups, name="site_backups"),
    path("sites/<domain>/backups/delete", site_bulk.delete_backups, name="site_backups_delete"),
    path("sites/<domain>/backups/<int:number>/download", site.download, name="site_backup_download"),
    path("sites/<domain>/packages", site.packages, name="site_packages"),
    path("sites/<domain>/history", site.history, name="site_history"),
    path("sites/<domain>/enter", site.enter, name="site_enter"),
    path("sites/<domain>/migrate", site_moves.migrate, name="site_migrate"),
    path("sites/<domain>/rehearse", site_moves.rehearse, name="site_rehearse"),
    path("sites/<domain>/kept/<int:pair>/retire", site_moves.retire, name="site_retire"),
    path("sites/<domain>/compare", site_compare.compare, name="site_compare"),
    path("sites/<domain>/<verb>", site_verbs.page, name="site_verb"),
]
