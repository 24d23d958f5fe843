using ${{ values.rootNamespace }};

var builder = Host.CreateApplicationBuilder(args);

builder.Services.AddOptions<WorkerOptions>()
    .BindConfiguration("Worker")
    .Validate(options => options.Interval > TimeSpan.Zero, "Worker:Interval must be positive")
    .ValidateOnStart();
builder.Services.AddSingleton(TimeProvider.System);
builder.Services.AddSingleton<IJob, Job>();
builder.Services.AddHostedService<Worker>();

await builder.Build().RunAsync();
