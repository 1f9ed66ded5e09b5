/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzz target over files, without a fuzzer: each argument is a file or a folder of files. Linked to every
 * target when the build has no libFuzzer, so that the seeds and all inputs ever found are an ordinary test. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int run_file(const char *path)
{
	static uint8_t data[1 << 20];
	FILE *f = fopen(path, "rb");

	if (f == NULL) {
		perror(path);
		return 1;
	}
	size_t n = fread(data, 1, sizeof(data), f);
	fclose(f);
	/* A copy of exactly that size, so that a byte read too far is seen. */
	uint8_t *exact = malloc(n == 0 ? 1 : n);
	if (exact == NULL)
		return 1;
	for (size_t i = 0; i < n; i++)
		exact[i] = data[i];
	LLVMFuzzerTestOneInput(exact, n);
	free(exact);
	return 0;
}

static int run_folder(const char *path)
{
	struct dirent *entry;
	DIR *folder = opendir(path);
	int failed = 0, count = 0;

	if (folder == NULL)
		return run_file(path);
	while ((entry = readdir(folder)) != NULL) {
		char name[4096];
		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		failed |= run_file(name);
		count++;
	}
	closedir(folder);
	printf("%s: %d inputs\n", path, count);
	return failed || count == 0;
}

int main(int argc, char **argv)
{
	int failed = argc < 2;

	for (int i = 1; i < argc; i++)
		failed |= run_folder(argv[i]);
	return failed;
}
