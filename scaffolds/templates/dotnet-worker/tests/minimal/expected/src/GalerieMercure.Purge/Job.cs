namespace GalerieMercure.Purge;

/// <summary>What the worker does at each interval.</summary>
public interface IJob
{
    /// <summary>Runs once; returns the number of items it has handled.</summary>
    Task<int> RunAsync(CancellationToken cancellation);
}

/// <summary>A first job: replace it with what the worker is for.</summary>
public sealed class Job : IJob
{
    /// <inheritdoc/>
    public Task<int> RunAsync(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return Task.FromResult(0);
    }
}
