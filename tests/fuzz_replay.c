// Runs a fuzz target over the files of its corpus, once each, without libFuzzer.
//
// usage: replay.NAME CORPUS…
//
// A finding of the target is its crash. An empty or missing corpus is a failure as well:
// a replay of nothing would pass for ever.

#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PATH_LEN_MAX   4096u
#define INPUT_SIZE_MAX (64u * 1024u * 1024u)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_directory(const char *path, size_t *count);
static int replay_file(const char *path, size_t size);

int main(int argc, char **argv)
{
    size_t count = 0;
    for (int i = 1; i < argc; i++)
        if (replay_directory(argv[i], &count) != 0)
            return EXIT_FAILURE;
    printf("%zu inputs replayed\n", count);
    return count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int replay_directory(const char *path, size_t *count)
{
    DIR *directory = opendir(path);
    if (directory == NULL) {
        (void)fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return -1;
    }
    int failed = 0;
    for (struct dirent *entry; failed == 0 && (entry = readdir(directory)) != NULL;) {
        char name[PATH_LEN_MAX];
        struct stat file;
        const int len = snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        if (len < 0 || (size_t)len >= sizeof name || stat(name, &file) != 0)
            failed = fprintf(stderr, "%s/%s: cannot be looked at\n", path, entry->d_name);
        else if (S_ISREG(file.st_mode) && (uintmax_t)file.st_size <= INPUT_SIZE_MAX) {
            failed = replay_file(name, (size_t)file.st_size);
            (*count)++;
        }
    }
    (void)closedir(directory);
    return failed;
}

static int replay_file(const char *path, size_t size)
{
    // Exactly as large as the input, so that the sanitizer sees a read one past its end.
    uint8_t *data = malloc(size > 0 ? size : 1);
    FILE *file = fopen(path, "rb");
    int failed = -1;
    if (data == NULL || file == NULL || fread(data, 1, size, file) != size)
        (void)fprintf(stderr, "%s: cannot be read\n", path);
    else
        failed = 0;
    if (file != NULL)
        (void)fclose(file);
    if (failed == 0) {
        // Stays on the screen when the target does not come back.
        printf("%s\n", path);
        (void)fflush(stdout);
        (void)LLVMFuzzerTestOneInput(data, size);
    }
    free(data);
    return failed;
}
