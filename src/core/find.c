/* SPDX-License-Identifier: Apache-2.0 */
/* The search operation: see find.h. What is found is decided by objects_find. */
#include "core/find.h"

#include <stdlib.h>
#include <string.h>

#include "attr/template.h"
#include "base/log.h"
#include "core/objects.h"
#include "core/session.h"

struct find {
	CK_OBJECT_HANDLE *handles;
	size_t count, next;
	bool incomplete; /* more should be there: the search ends with an error */
};

CK_RV find_init(struct session *s, CK_ATTRIBUTE_PTR template, CK_ULONG count)
{
	cleanup(attr_list_free) struct attr_list wanted = {0};

	if (template == NULL && count > 0)
		return fail(CKR_ARGUMENTS_BAD, "no template, but a count");
	if (s->find != NULL)
		return fail(CKR_OPERATION_ACTIVE, "a search is active in this session: C_FindObjectsFinal ends it");
	try(template_read_search(template, count, &wanted));
	struct find *f = calloc(1, sizeof(*f));
	if (f == NULL)
		return CKR_HOST_MEMORY;
	CK_RV rv = objects_find(s, &wanted, &f->handles, &f->count, &f->incomplete);
	if (rv != CKR_OK) {
		free(f);
		return rv;
	}
	s->find = f;
	return CKR_OK;
}

CK_RV find_next(struct session *s, CK_OBJECT_HANDLE_PTR objects, CK_ULONG max, CK_ULONG_PTR ret_count)
{
	struct find *f = s->find;

	if (f == NULL)
		return fail(CKR_OPERATION_NOT_INITIALIZED, "no search is active in this session");
	if (ret_count == NULL || (objects == NULL && max > 0))
		return fail(CKR_ARGUMENTS_BAD, "no place for the handles");
	size_t left = f->count - f->next;
	if (left == 0 && f->incomplete)
		return fail(CKR_DEVICE_ERROR, "more objects should match: their records are damaged, missing or from an older state");
	size_t n = max < left ? max : left;
	if (n > 0)
		memcpy(objects, f->handles + f->next, n * sizeof(*objects));
	f->next += n;
	*ret_count = n;
	return CKR_OK;
}

CK_RV find_final(struct session *s)
{
	if (s->find == NULL)
		return fail(CKR_OPERATION_NOT_INITIALIZED, "no search is active in this session");
	find_end(s);
	return CKR_OK;
}

void find_end(struct session *s)
{
	if (s->find == NULL)
		return;
	free(s->find->handles);
	free(s->find);
	s->find = NULL;
}
