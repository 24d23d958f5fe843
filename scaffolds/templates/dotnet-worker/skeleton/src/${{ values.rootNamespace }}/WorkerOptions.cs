namespace ${{ values.rootNamespace }};

/// <summary>The section "Worker" of the settings.</summary>
public sealed class WorkerOptions
{
    /// <summary>Time between two runs of the job.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(${{ values.intervalSeconds }});

    /// <summary>A file that is written after each run that ended well; the liveness probe looks at its age.</summary>
    public string? HeartbeatFile { get; set; }
}
