// How fast one case can be made by hand: full-batch gradient descent on XOR with a 2-H-1 network and a sigmoid output in
// float64, every weight in a register, nothing that could be chosen at run time. A general trainer is measured against it.
//
//     g++ -O3 -march=native -fno-signed-zeros -fno-trapping-math -DH=2 -DSIGMOID yardstick.cpp -o yardstick -lpthread
//     ./yardstick RUNS EPOCHS
//
// -DTANH or -DRELU for hidden units of another kind. It prints the seconds that RUNS runs of EPOCHS epochs take on two threads, and a sum over the ends, so that nothing is left out.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <thread>
#include <vector>

#ifndef H
#define H 2
#endif

typedef double Lane __attribute__((vector_size(64)));
typedef long Bits __attribute__((vector_size(64)));
constexpr int WIDTH = 8, PAIR = 2, P = 4 * H + 1;

static inline Lane exponential(Lane x) {
  const double magic = 6755399441055744.0 + 1023.0;
  Lane shifted = x * 1.4426950408889634 + magic;
  Lane n = shifted - magic;
  Lane r = x - n * 0.6931471805599453 - n * 2.3190468138462996e-17;
  Lane r2 = r * r, r4 = r2 * r2;
  Lane low = (r * (1.0 / 120) + 1.0 / 24) * r2 + (r * (1.0 / 6) + 0.5);
  Lane middle = (r * (1.0 / 362880) + 1.0 / 40320) * r2 + (r * (1.0 / 5040) + 1.0 / 720);
  Lane high = r * (1.0 / 39916800) + 1.0 / 3628800;
  Lane rest = (high * r4 + middle) * r4 + low;
  Bits scale = (Bits)shifted << 52;
  return (Lane)scale * (rest * r2 + (r + 1.0));
}

static inline Lane sigmoid(Lane x) { return 1.0 / (1.0 + exponential(-x)); }

#if defined(TANH)
static inline Lane value(Lane x) { return 1.0 - 2.0 / (1.0 + exponential(2.0 * x)); }
static inline Lane slope(Lane h) { return 1.0 - h * h; }
#elif defined(RELU)
static inline Lane value(Lane x) { return x > 0.0 ? x : Lane{}; }
static inline Lane slope(Lane h) { return h > 0.0 ? Lane{} + 1.0 : Lane{}; }
#else
static inline Lane value(Lane x) { return sigmoid(x); }
static inline Lane slope(Lane h) { return h * (1.0 - h); }
#endif

struct Group {  // sixteen runs
  Lane p[PAIR][P];
};

static void train(Group &group, long epochs) {
  const double target[4] = {0, 1, 1, 0};
  Group g = group;
  for (long epoch = 0; epoch < epochs; ++epoch)
#pragma GCC unroll 2
    for (int k = 0; k < PAIR; ++k) {
      Lane *p = g.p[k], step[P] = {};
#pragma GCC unroll 4
      for (int q = 0; q < 4; ++q) {
        Lane h[H], z = p[4 * H];
#pragma GCC unroll 8
        for (int j = 0; j < H; ++j) {
          Lane a = p[4 * j + 2];
          if (q & 2) a += p[4 * j];
          if (q & 1) a += p[4 * j + 1];
          h[j] = value(a);
          z += p[4 * j + 3] * h[j];
        }
        Lane o = sigmoid(z), delta = 2.0 * (o - target[q]) * o * (1.0 - o);
        step[4 * H] += delta;
#pragma GCC unroll 8
        for (int j = 0; j < H; ++j) {
          Lane back = delta * p[4 * j + 3] * slope(h[j]);
          step[4 * j + 3] += delta * h[j];
          step[4 * j + 2] += back;
          if (q & 2) step[4 * j] += back;
          if (q & 1) step[4 * j + 1] += back;
        }
      }
#pragma GCC unroll 40
      for (int i = 0; i < P; ++i) p[i] -= step[i];
    }
  group = g;
}

int main(int, char **argument) {
  const long groups = atol(argument[1]) / (WIDTH * PAIR), epochs = atol(argument[2]);
  std::vector<Group> runs(groups);
  std::mt19937_64 random(1);
  std::normal_distribution<double> normal;
  for (auto &group : runs)
    for (auto &half : group.p)
      for (auto &row : half)
        for (int lane = 0; lane < WIDTH; ++lane) row[lane] = normal(random);
  auto work = [&](long from, long to) { for (long i = from; i < to; ++i) train(runs[i], epochs); };
  auto start = std::chrono::steady_clock::now();
  std::thread other(work, 0, groups / 2);
  work(groups / 2, groups);
  other.join();
  double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(), sum = 0;
  for (auto &group : runs) sum += group.p[0][0][0];
  printf("%.9f %.6f\n", seconds, sum);
}
