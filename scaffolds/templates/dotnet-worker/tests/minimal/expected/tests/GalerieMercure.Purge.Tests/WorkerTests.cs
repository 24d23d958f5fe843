using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Xunit;

namespace GalerieMercure.Purge.Tests;

public sealed class WorkerTests : IDisposable
{
    private readonly string _heartbeat = Path.GetTempFileName();

    public void Dispose() => File.Delete(_heartbeat);

    [Fact]
    public async Task A_run_that_fails_does_not_stop_the_next_one()
    {
        var job = new FlakyJob(failures: 1);
        await RunUntil(job, runs: 2);
        Assert.True(job.Runs >= 2);
    }

    [Fact]
    public async Task Each_run_that_ends_well_writes_the_heartbeat()
    {
        await RunUntil(new FlakyJob(failures: 0), runs: 2);
        Assert.NotEmpty(await File.ReadAllTextAsync(_heartbeat));
    }

    private async Task RunUntil(FlakyJob job, int runs)
    {
        var options = Options.Create(new WorkerOptions
        {
            Interval = TimeSpan.FromMilliseconds(1),
            HeartbeatFile = _heartbeat,
        });
        using var worker = new Worker(job, options, TimeProvider.System, NullLogger<Worker>.Instance);
        await worker.StartAsync(CancellationToken.None);
        await job.Reached(runs).WaitAsync(TimeSpan.FromSeconds(10));
        await worker.StopAsync(CancellationToken.None);
    }

    /// <summary>Fails at first, then handles one item in each run.</summary>
    private sealed class FlakyJob(int failures) : IJob
    {
        private readonly SemaphoreSlim _ran = new(0);

        public int Runs { get; private set; }

        public Task<int> RunAsync(CancellationToken cancellation)
        {
            Runs++;
            _ran.Release();
            return Runs <= failures
                ? Task.FromException<int>(new InvalidOperationException("the other side is away"))
                : Task.FromResult(1);
        }

        public async Task Reached(int runs)
        {
            for (var run = 0; run < runs; run++)
            {
                await _ran.WaitAsync();
            }
        }
    }
}
