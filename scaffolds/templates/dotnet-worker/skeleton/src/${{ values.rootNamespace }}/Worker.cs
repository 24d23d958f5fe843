using Microsoft.Extensions.Options;

namespace ${{ values.rootNamespace }};

/// <summary>Runs the job at each interval. A run that fails is logged, and the next one is tried.</summary>
public sealed class Worker(
    IJob job,
    IOptions<WorkerOptions> options,
    TimeProvider time,
    ILogger<Worker> logger) : BackgroundService
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.Interval, time);
        do
        {
            await RunOnceAsync(stoppingToken);
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task RunOnceAsync(CancellationToken cancellation)
    {
        try
        {
            var count = await job.RunAsync(cancellation);
            logger.LogInformation("The job has handled {Count} items", count);
            if (options.Value.HeartbeatFile is { } file)
            {
                await File.WriteAllTextAsync(file, time.GetUtcNow().ToString("O"), cancellation);
            }
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            logger.LogError(error, "The job has failed");
        }
    }
}
