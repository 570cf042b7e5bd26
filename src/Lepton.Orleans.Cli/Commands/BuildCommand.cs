using System.CommandLine;
using System.Globalization;
using Lepton.Orleans.Cli.Service;
using Spectre.Console;

namespace Lepton.Orleans.Cli.Commands;

/// <summary><c>lepton build</c>.</summary>
internal static class BuildCommand
{
    private const string Path = "api/v2/build";

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(250);

    /// <summary>Makes the command.</summary>
    public static Command Create(CommandEnvironment environment)
    {
        var wait = new Option<bool>("--wait") { Description = "Wait for the end of the build, with a progress bar; 1 is returned where it fails." };
        var command = new Command("build", "Start a build of the model, unless one is running. Until it ends, lists come from the model in use.") { wait };
        var service = new ServiceOptions(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var connection = service.Connect(parsed, environment);
            var status = ServiceDocument.Parse<BuildStatus>(await connection.SendAsync(HttpMethod.Post, Path, default, cancellationToken));
            if (!parsed.GetValue(wait))
            {
                await environment.Output.WriteLineAsync(Describe(status));
                return status.State == BuildState.Failed ? ExitCodes.Failed : ExitCodes.Ok;
            }

            status = await WatchAsync(environment, connection, status, cancellationToken);
            await environment.Output.WriteLineAsync(Describe(status));
            return status.State == BuildState.Succeeded ? ExitCodes.Ok : ExitCodes.Failed;
        });
        return command;
    }

    private static Task<BuildStatus> WatchAsync(CommandEnvironment environment, LeptonService service, BuildStatus status, CancellationToken cancellationToken) =>
        environment.IsInteractive
            ? environment.ErrorConsole().Progress().StartAsync(async drawing =>
            {
                var task = drawing.AddTask("build", maxValue: 1);
                return await PollAsync(environment, service, status, now => (task.Description, task.Value) = (Markup.Escape(now.Stage.Length > 0 ? now.Stage : "build"), now.Progress), cancellationToken);
            })
            : PollAsync(environment, service, status, _ => { }, cancellationToken);

    private static async Task<BuildStatus> PollAsync(
        CommandEnvironment environment, LeptonService service, BuildStatus status, Action<BuildStatus> draw, CancellationToken cancellationToken)
    {
        draw(status);
        using var timer = new PeriodicTimer(Poll, environment.Time);
        while (status.State == BuildState.Running)
        {
            _ = await timer.WaitForNextTickAsync(cancellationToken);
            status = ServiceDocument.Parse<BuildStatus>(await service.GetAsync(Path, cancellationToken));
            draw(status);
        }

        return status;
    }

    private static string Describe(BuildStatus status) => status.State switch
    {
        BuildState.Running => string.Create(CultureInfo.InvariantCulture, $"A build is running ({status.Stage}, {status.Progress:P0}); lepton build --wait watches it."),
        BuildState.Succeeded => string.Create(CultureInfo.InvariantCulture, $"Model {status.ModelVersion} was built in {status.Duration.TotalSeconds:0.#} s from {status.Summary}.{Describe(status.Tuning)}"),
        BuildState.Failed => $"The build failed: {status.Error}",
        BuildState.Cancelled => "The build was cancelled; the model in use stays.",
        _ => "Nothing was built yet.",
    };

    private static string Describe(TuningStatus? tuning) => tuning is null
        ? ""
        : string.Create(
            CultureInfo.InvariantCulture,
            $" Of {tuning.Trials} settings tried ({(tuning.IsFinished ? "all there are" : "the next build goes on")}) the best rank held-out events with {tuning.Score:F4}, the defaults with {tuning.DefaultScore:F4}{(tuning.Settings.Count == 0 ? "" : ": ")}{string.Join(", ", tuning.Settings.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Key} {s.Value}")))}.");
}
