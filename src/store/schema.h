// The tables of the store, in the order in which they came to be. A version is never changed once it
// was released: a change is a new version with the statements that lead to it.
//
// Each area has a file schema_AREA.c with the text of its tables.

#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

extern const char schema_review[];      // Findings, reviews, audit log.
extern const char schema_assets[];      // Assets, coverage, canaries.
extern const char schema_attack[];      // ATT&CK objects.
extern const char schema_links[];       // The link inventory.
extern const char schema_behaviours[];  // Baseline, exceptions.

#endif
