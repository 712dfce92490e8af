/*
 * The kernel's end of a benchmark: servers (discard, chargen, echo) and what loads them, each on one thread.
 *
 *   load serve [CONGESTION_CONTROL]
 *   load bulk up|down HOST PORT CONNECTIONS WARM_MS WINDOW_MS
 *   load echo HOST PORT WARM_MS WINDOW_MS
 *   load connect HOST PORT PARALLEL WARM_MS WINDOW_MS
 *   load hold HOST PORT SOURCE COUNT PARALLEL     (tells when all are open; holds them until its input ends)
 *
 * Results are lines of JSON. Only what happens within the window, after the warm-up, is counted.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BLOCK = 131072, EVENTS = 256, ECHO = 7, DISCARD = 9, CHARGEN = 19 };

static char block[BLOCK];
/* A connection inherits it from its listener. A namespace may not name it for all, but its root may for each. */
static const char *congestion;

static void fail(const char *what) {
  fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
  exit(1);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

/* Nothing here waits for ever, whatever the other end does. */
static void end_after(double ms) { alarm(20 + (unsigned)(ms / 1000)); }

static void allow_descriptors(rlim_t count) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= count) return;
  limit.rlim_cur = count;
  if (limit.rlim_max < count) limit.rlim_max = count;
  if (setrlimit(RLIMIT_NOFILE, &limit) < 0) fail("setrlimit");
}

static void watch(int epoll, int op, int fd, uint32_t events, int port) {
  struct epoll_event event = {.events = events, .data = {.u64 = (uint64_t)port << 32 | (uint32_t)fd}};
  if (epoll_ctl(epoll, op, fd, &event) < 0) fail("epoll_ctl");
}

static int fd_of(const struct epoll_event *event) { return (int)(event->data.u64 & 0xffffffff); }
static int port_of(const struct epoll_event *event) { return (int)(event->data.u64 >> 32); }

static int wait_for(int epoll, struct epoll_event *events, int timeout_ms) {
  int count = epoll_wait(epoll, events, EVENTS, timeout_ms);
  if (count < 0 && errno != EINTR) fail("epoll_wait");
  return count < 0 ? 0 : count;
}

/* ---- servers ---- */

static int listener(int port) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
  if (fd < 0) fail("socket");
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (congestion && setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, congestion, strlen(congestion)) < 0) fail(congestion);
  if (bind(fd, (struct sockaddr *)&at, sizeof at) < 0) fail("bind");
  if (listen(fd, 4096) < 0) fail("listen");
  return fd;
}

/* Does what there is to do on a connection; 0 when it is over. */
static int answer(int fd, int port) {
  ssize_t count;
  if (port == CHARGEN) return write(fd, block, BLOCK) > 0 || errno == EAGAIN;
  count = read(fd, block, BLOCK);
  if (count <= 0) return count < 0 && errno == EAGAIN;
  /* One byte at a time is echoed: there is always room for it. */
  return port == DISCARD || write(fd, block, count) == count;
}

static void serve(void) {
  static const int ports[] = {ECHO, DISCARD, CHARGEN};
  struct epoll_event events[EVENTS];
  int epoll = epoll_create1(0), listeners[3], one = 1;
  allow_descriptors(10000);
  for (int i = 0; i < 3; i++) {
    listeners[i] = listener(ports[i]);
    watch(epoll, EPOLL_CTL_ADD, listeners[i], EPOLLIN, ports[i]);
  }
  puts("ready");
  fflush(stdout);
  for (;;) {
    int count = wait_for(epoll, events, -1);
    for (int i = 0; i < count; i++) {
      int fd = fd_of(&events[i]), port = port_of(&events[i]);
      if (fd == listeners[0] || fd == listeners[1] || fd == listeners[2]) {
        int accepted;
        while ((accepted = accept4(fd, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
          setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
          watch(epoll, EPOLL_CTL_ADD, accepted, port == CHARGEN ? EPOLLOUT : EPOLLIN, port);
        }
      } else if (events[i].events & (EPOLLERR | EPOLLHUP) || !answer(fd, port)) {
        close(fd);
      }
    }
  }
}

/* ---- clients ---- */

static struct sockaddr_in address(const char *host, const char *port) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(port))};
  if (inet_pton(AF_INET, host, &to.sin_addr) != 1) {
    fprintf(stderr, "load: %s is no IPv4 address\n", host);
    exit(2);
  }
  return to;
}

/* A socket that is connected or, with SOCK_NONBLOCK, about to be; from that address, if it is not NULL. */
static int dial_from(const struct sockaddr_in *from, const struct sockaddr_in *to, int flags) {
  int fd = socket(AF_INET, SOCK_STREAM | flags, 0), one = 1;
  if (fd < 0) fail("socket");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (from) {
    /* The port is chosen by connect, which knows for which destination. */
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    if (bind(fd, (const struct sockaddr *)from, sizeof *from) < 0) fail("bind");
  }
  if (connect(fd, (const struct sockaddr *)to, sizeof *to) < 0 && errno != EINPROGRESS) fail("connect");
  return fd;
}

static int dial(const struct sockaddr_in *to, int flags) { return dial_from(NULL, to, flags); }

static uint64_t acknowledged(int fd) {
  struct tcp_info info = {0};
  socklen_t length = sizeof info;
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) < 0) fail("TCP_INFO");
  return info.tcpi_bytes_acked;
}

/* Uploads are counted as acknowledged, since what is written may still lie in the socket. */
static void bulk(int up, const struct sockaddr_in *to, int connections, double warm_ms, double window_ms) {
  struct epoll_event events[EVENTS];
  uint64_t *bytes = calloc(connections, sizeof *bytes);
  int *fds = calloc(connections, sizeof *fds), epoll = epoll_create1(0);
  double begin = 0, end = 0, start;
  allow_descriptors(connections + 100);
  for (int i = 0; i < connections; i++) {
    fds[i] = dial(to, 0);
    struct epoll_event event = {.events = up ? EPOLLOUT : EPOLLIN, .data = {.u64 = i}};
    /* Connections wait for each other, so that all have the same time. */
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i], &event) < 0) fail("epoll_ctl");
  }
  start = now() + warm_ms / 1000;
  for (;;) {
    double time = now();
    if (begin == 0 && time >= start) {
      begin = time;
      end = time + window_ms / 1000;
      for (int i = 0; i < connections; i++) bytes[i] = up ? acknowledged(fds[i]) : 0;
    }
    if (begin > 0 && time >= end) {
      end = time;
      break;
    }
    int count = wait_for(epoll, events, 10);
    for (int i = 0; i < count; i++) {
      int which = (int)events[i].data.u64;
      ssize_t moved = up ? send(fds[which], block, BLOCK, MSG_DONTWAIT | MSG_NOSIGNAL)
                         : recv(fds[which], block, BLOCK, MSG_DONTWAIT);
      if (moved == 0 || (moved < 0 && errno != EAGAIN)) fail(up ? "send" : "recv");
      if (!up && moved > 0) bytes[which] += moved;
    }
  }
  printf("{\"seconds\":%.6f,\"bytes\":[", end - begin);
  for (int i = 0; i < connections; i++) {
    uint64_t total = up ? acknowledged(fds[i]) - bytes[i] : bytes[i];
    printf("%s%llu", i ? "," : "", (unsigned long long)total);
  }
  puts("]}");
  /* What still lies in the sockets would disturb the next measurement: it is thrown away on both sides. */
  for (int i = 0; i < connections; i++) {
    struct linger none = {.l_onoff = 1, .l_linger = 0};
    setsockopt(fds[i], SOL_SOCKET, SO_LINGER, &none, sizeof none);
    close(fds[i]);
  }
}

static void echo(const struct sockaddr_in *to, double warm_ms, double window_ms) {
  int fd = dial(to, 0);
  double start = now() + warm_ms / 1000, end = start + window_ms / 1000, begin = 0, time;
  uint64_t count = 0;
  char byte = 'x';
  while ((time = now()) < end) {
    if (begin == 0 && time >= start) {
      begin = time;
      count = 0;
    }
    if (write(fd, &byte, 1) != 1 || read(fd, &byte, 1) != 1) fail("echo");
    count++;
  }
  printf("{\"seconds\":%.6f,\"count\":%llu}\n", time - begin, (unsigned long long)count);
}

/* A connection's life: opened, closed by this end, closed by the other. `parallel` of them at any time. */
static void lives(const struct sockaddr_in *to, int parallel, double warm_ms, double window_ms) {
  struct epoll_event events[EVENTS];
  int epoll = epoll_create1(0);
  double start = now() + warm_ms / 1000, end = start + window_ms / 1000, begin = 0, time;
  uint64_t count = 0;
  for (int i = 0; i < parallel; i++) watch(epoll, EPOLL_CTL_ADD, dial(to, SOCK_NONBLOCK), EPOLLOUT, 0);
  while ((time = now()) < end) {
    if (begin == 0 && time >= start) {
      begin = time;
      count = 0;
    }
    int ready = wait_for(epoll, events, 10);
    for (int i = 0; i < ready; i++) {
      int fd = fd_of(&events[i]);
      if (events[i].events & EPOLLERR) {
        errno = 0;
        socklen_t length = sizeof errno;
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &errno, &length);
        fail("connect");
      }
      if (events[i].events & EPOLLOUT) {
        shutdown(fd, SHUT_WR);
        watch(epoll, EPOLL_CTL_MOD, fd, EPOLLIN, 0);
      } else if (read(fd, block, 1) == 0) {
        close(fd);
        count++;
        watch(epoll, EPOLL_CTL_ADD, dial(to, SOCK_NONBLOCK), EPOLLOUT, 0);
      }
    }
  }
  printf("{\"seconds\":%.6f,\"count\":%llu}\n", time - begin, (unsigned long long)count);
}

static void hold(const struct sockaddr_in *to, const struct sockaddr_in *from, int count, int parallel) {
  struct epoll_event events[EVENTS];
  int epoll = epoll_create1(0), dialled = 0, open = 0;
  double began = now();
  allow_descriptors(count + 100);
  while (open < count) {
    while (dialled < count && dialled - open < parallel) {
      watch(epoll, EPOLL_CTL_ADD, dial_from(from, to, SOCK_NONBLOCK), EPOLLOUT, 0);
      dialled++;
    }
    int ready = wait_for(epoll, events, 1000);
    for (int i = 0; i < ready; i++) {
      if (events[i].events & (EPOLLERR | EPOLLHUP)) {
        errno = ECONNREFUSED;
        fail("connect");
      }
      watch(epoll, EPOLL_CTL_DEL, fd_of(&events[i]), 0, 0);
      open++;
    }
  }
  printf("{\"seconds\":%.6f}\n", now() - began);
  fflush(stdout);
  alarm(0);
  while (read(0, block, BLOCK) > 0) {
  }
}

int main(int argc, char **argv) {
  const char *command = argc > 1 ? argv[1] : "";
  signal(SIGPIPE, SIG_IGN);
  if (strcmp(command, "serve") == 0 && argc <= 3) {
    congestion = argc == 3 ? argv[2] : NULL;
    serve();
  } else if (strcmp(command, "bulk") == 0 && argc == 8) {
    struct sockaddr_in to = address(argv[3], argv[4]);
    end_after(atof(argv[6]) + atof(argv[7]) + 30.0 * atoi(argv[5]));
    bulk(strcmp(argv[2], "up") == 0, &to, atoi(argv[5]), atof(argv[6]), atof(argv[7]));
  } else if (strcmp(command, "echo") == 0 && argc == 6) {
    struct sockaddr_in to = address(argv[2], argv[3]);
    end_after(atof(argv[4]) + atof(argv[5]));
    echo(&to, atof(argv[4]), atof(argv[5]));
  } else if (strcmp(command, "connect") == 0 && argc == 7) {
    struct sockaddr_in to = address(argv[2], argv[3]);
    end_after(atof(argv[5]) + atof(argv[6]));
    lives(&to, atoi(argv[4]), atof(argv[5]), atof(argv[6]));
  } else if (strcmp(command, "hold") == 0 && argc == 7) {
    struct sockaddr_in to = address(argv[2], argv[3]), from = address(argv[4], "0");
    end_after(atof(argv[5]) * 10);
    hold(&to, &from, atoi(argv[5]), atoi(argv[6]));
  } else {
    fputs("load: serve | bulk | echo | connect | hold\n", stderr);
    return 2;
  }
  return 0;
}
