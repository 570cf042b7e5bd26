using System.Diagnostics;

namespace Lepton.Orleans.ClusterTests.Processes;

/// <summary>A real server in a process of its own, with a folder for its data that outlives kills and restarts.</summary>
internal abstract class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan StopDeadline = TimeSpan.FromSeconds(60);
    private Process? process;

    protected ServerProcess(string name)
    {
        Name = name;
        Directory = System.IO.Directory.CreateTempSubdirectory($"lepton-{name}-").FullName;

        // A test run that is cut short must not leave servers behind.
        AppDomain.CurrentDomain.ProcessExit += KillOnExit;
    }

    public string Name { get; }

    /// <summary>Where its data is.</summary>
    public string Directory { get; }

    public OutputTail Output { get; } = new();

    public bool IsRunning => process is { HasExited: false };

    /// <summary>Starts it and returns when it is ready; again after <see cref="KillAsync"/> or <see cref="StopAsync"/>, on the same data and ports.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        Launch();
        await WaitUntilReadyAsync(cancellationToken);
    }

    /// <summary>Starts it without waiting.</summary>
    public void Launch()
    {
        if (IsRunning)
        {
            throw new InvalidOperationException($"{Name} runs already.");
        }

        process?.Dispose();
        var (file, arguments) = Command();
        var start = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Directory,
        };
        Configure(start);
        Output.Add($"--- {file} {string.Join(' ', arguments)}");
        process = Process.Start(start) ?? throw new InvalidOperationException($"{file} did not start.");
        Output.Attach(process);
    }

    public Task WaitUntilReadyAsync(CancellationToken cancellationToken) => Eventually.TrueAsync(
        token => IsRunning
            ? IsReadyAsync(token)
            : throw new InvalidOperationException($"{Name} ended with exit code {process?.ExitCode} before it was ready:\n{Output.Last(40)}"),
        $"{Name} must be ready",
        StartDeadline,
        cancellationToken);

    /// <summary>SIGKILL: no warning, no flush.</summary>
    public async Task KillAsync()
    {
        var running = Running();
        running.Kill();
        await running.WaitForExitAsync();
    }

    /// <summary>SIGTERM, and returns its exit code.</summary>
    public async Task<int> StopAsync(CancellationToken cancellationToken)
    {
        var running = Running();
        Signals.Send(running, Signals.Terminate);
        await running.WaitForExitAsync(cancellationToken).WaitAsync(StopDeadline, cancellationToken);
        return running.ExitCode;
    }

    /// <summary>Returns when it has ended by itself.</summary>
    public Task EndedAsync(TimeSpan deadline, CancellationToken cancellationToken) =>
        Eventually.TrueAsync(_ => Task.FromResult(!IsRunning), $"{Name} must end by itself", deadline, cancellationToken);

    /// <summary>SIGSTOP: it keeps its connections and answers nothing.</summary>
    public void Pause() => Signals.Send(Running(), Signals.Pause);

    /// <summary>SIGCONT.</summary>
    public void Resume() => Signals.Send(Running(), Signals.Continue);

    /// <summary>As <see cref="Pause"/>.</summary>
    public Task PauseAsync()
    {
        Pause();
        return Task.CompletedTask;
    }

    /// <summary>As <see cref="Resume"/>.</summary>
    public Task ResumeAsync()
    {
        Resume();
        return Task.CompletedTask;
    }

    public virtual async ValueTask DisposeAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= KillOnExit;
        if (IsRunning)
        {
            await KillAsync();
        }

        process?.Dispose();
        if (System.IO.Directory.Exists(Directory))
        {
            System.IO.Directory.Delete(Directory, recursive: true);
        }

        GC.SuppressFinalize(this);
    }

    protected abstract (string File, IReadOnlyList<string> Arguments) Command();

    protected abstract Task<bool> IsReadyAsync(CancellationToken cancellationToken);

    protected virtual void Configure(ProcessStartInfo start)
    {
    }

    private Process Running() => IsRunning ? process! : throw new InvalidOperationException($"{Name} does not run:\n{Output.Last(40)}");

    private void KillOnExit(object? sender, EventArgs e)
    {
        if (IsRunning)
        {
            process!.Kill();
        }
    }
}
