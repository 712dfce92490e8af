/*
 * Transfers of a given length between two kernels, or a kernel and a stack: how long each takes.
 *
 *   transfer serve PORT CONGESTION_CONTROL   (answers each line "N" with N octets, until it is ended)
 *   transfer fetch HOST PORT BYTES COUNT     (one connection after the other; a line of JSON: milliseconds of each)
 *
 * A transfer lasts from connect() to its last octet.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BLOCK = 131072, MOST_SECONDS = 600, CONNECT_SECONDS = 60 };

static char block[BLOCK];

static void fail(const char *what) {
  fprintf(stderr, "transfer: %s: %s\n", what, strerror(errno));
  exit(1);
}

static double now_ms(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

static void answer(int fd) {
  char line[32] = "";
  size_t length = 0;
  while (length < sizeof line - 1 && !strchr(line, '\n')) {
    ssize_t count = read(fd, line + length, sizeof line - 1 - length);
    if (count <= 0) return;
    length += (size_t)count;
  }
  for (long long left = atoll(line); left > 0;) {
    ssize_t count = send(fd, block, left < BLOCK ? (size_t)left : BLOCK, MSG_NOSIGNAL);
    if (count <= 0) return;
    left -= count;
  }
}

static int serve(int port, const char *congestion) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
  int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  if (fd < 0) fail("socket");
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, congestion, strlen(congestion)) < 0) fail(congestion);
  if (bind(fd, (struct sockaddr *)&at, sizeof at) < 0 || listen(fd, 64) < 0) fail("listen");
  signal(SIGCHLD, SIG_IGN);
  puts("ready");
  fflush(stdout);
  for (;;) {
    int peer = accept(fd, NULL, NULL);
    if (peer < 0) continue;
    /* A process each: one that ends slowly keeps no other one waiting. */
    if (fork() == 0) {
      close(fd);
      alarm(MOST_SECONDS);
      answer(peer);
      exit(0);
    }
    close(peer);
  }
}

static double fetch(struct sockaddr_in *to, long long bytes) {
  int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  struct timeval patience = {.tv_sec = CONNECT_SECONDS};
  char line[32];
  double start = now_ms();
  long long got = 0;
  if (fd < 0) fail("socket");
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (connect(fd, (struct sockaddr *)to, sizeof *to) < 0) fail("connect");
  int length = snprintf(line, sizeof line, "%lld\n", bytes);
  if (write(fd, line, (size_t)length) != length) fail("write");
  while (got < bytes) {
    ssize_t count = read(fd, block, BLOCK);
    if (count < 0) fail("read");
    if (count == 0) break;
    got += count;
  }
  double took = now_ms() - start;
  close(fd);
  if (got != bytes) {
    fprintf(stderr, "transfer: %lld octets of %lld came\n", got, bytes);
    exit(1);
  }
  return took;
}

int main(int count, char **words) {
  if (count == 4 && !strcmp(words[1], "serve")) return serve(atoi(words[2]), words[3]);
  if (count != 6 || strcmp(words[1], "fetch")) {
    fprintf(stderr, "transfer serve PORT CONGESTION_CONTROL | transfer fetch HOST PORT BYTES COUNT\n");
    return 2;
  }
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(words[3]))};
  if (inet_pton(AF_INET, words[2], &to.sin_addr) != 1) fail("address");
  alarm(MOST_SECONDS);
  int times = atoi(words[5]);
  printf("{\"ms\":[");
  for (int time = 0; time < times; time++) printf("%s%.3f", time ? "," : "", fetch(&to, atoll(words[4])));
  puts("]}");
  return 0;
}
