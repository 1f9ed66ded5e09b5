/* SPDX-License-Identifier: Apache-2.0 */
/* A reader for the XML of the OASIS profile cases: elements and attributes, no text, entities,
 * namespaces or document types. Refuses what it does not know instead of guessing. */
#ifndef TEST_API_XML_H
#define TEST_API_XML_H

enum { XML_MAX_ATTRIBUTES = 16 };

struct xml_element {
	const char *name;
	struct {
		const char *name, *value;
	} attributes[XML_MAX_ATTRIBUTES]; /* ended by a NULL name */
	struct xml_element *children, *next;
};

struct xml_document {
	char *text;
	struct xml_element *root; /* NULL: no such file, or not of this kind */
};

struct xml_document xml_read(const char *path);
void xml_free(struct xml_document *document);
/* NULL when it is not there. */
const char *xml_attribute(const struct xml_element *element, const char *name);
struct xml_element *xml_child(const struct xml_element *element, const char *name);

#endif
