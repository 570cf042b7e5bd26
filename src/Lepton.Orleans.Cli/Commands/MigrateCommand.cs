using System.CommandLine;
using Lepton.Orleans.Cli.Formats;
using Lepton.Orleans.Cli.Importing;
using Lepton.Orleans.Cli.Migrations;

namespace Lepton.Orleans.Cli.Commands;

/// <summary><c>lepton migrate</c>.</summary>
internal static class MigrateCommand
{
    private const int MaxWindow = 60 * 60;

    /// <summary>Makes the command.</summary>
    public static Command Create(CommandEnvironment environment)
    {
        var to = new Option<string>("--to") { Description = "The address of the service that takes everything over: empty, and nobody writes to it yet.", HelpName = "url", Required = true };
        var toKey = new Option<string?>("--to-api-key") { Description = "Its admin key; better in LEPTON_TO_API_KEY. By default that of the source.", HelpName = "key" };
        var seconds = new Option<int>("--window") { Description = "For how many seconds the source may refuse writes until everything was compared.", HelpName = "seconds", DefaultValueFactory = _ => 120 };
        var restart = new Option<bool>("--restart") { Description = "Start over into an empty target, also where an earlier run was interrupted." };
        ServiceOptions.DemandUrl(to);
        seconds.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > MaxWindow)
            {
                result.AddError($"--window must be from 1 to {MaxWindow}.");
            }
        });
        var command = new Command(
            "migrate",
            "Move everything to another service, such as from the embedded store to Redis, while this one serves. At the end it answers lists but refuses writes "
            + "(503, Retry-After) until what arrived has been compared, and from then on, so that nothing is written where nobody will look. If that fails or takes too "
            + "long it takes writes again, and the same command goes on where it was. Needs admin keys and room for three backups on this machine.")
        {
            to,
            toKey,
            seconds,
            restart,
        };
        var service = new ServiceOptions(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var source = service.Connect(parsed, environment);
            using var target = service.Connect(
                parsed, environment, parsed.GetRequiredValue(to), parsed.GetValue(toKey) ?? environment.Variable("LEPTON_TO_API_KEY") ?? source.ApiKey);
            if (source.Url == target.Url)
            {
                throw new UsageException("--to must be another service than --url.");
            }

            if (parsed.GetValue(restart))
            {
                using var earlier = new MigrationFolder(environment.StateDirectory, source, target);
                await In(earlier).AbandonAsync(cancellationToken);
            }

            using var folder = new MigrationFolder(environment.StateDirectory, source, target);
            foreach (var line in await In(folder).RunAsync(cancellationToken))
            {
                await environment.Output.WriteLineAsync(line);
            }

            await environment.Output.WriteLineAsync($"Everything is at {target.Url} now. {source.Url} goes on refusing writes: send callers to the new one, then stop it.");
            return ExitCodes.Ok;

            Migration In(MigrationFolder of) => new(
                source,
                target,
                of,
                (path, receiver) => new CheckpointFile(environment.StateDirectory, [new ImportFile(path, new JsonLinesFormat())], receiver),
                TimeSpan.FromSeconds(parsed.GetValue(seconds)),
                environment.Error.WriteLine,
                environment.Time);
        });
        return command;
    }
}
