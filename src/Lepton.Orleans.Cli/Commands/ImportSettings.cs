using System.CommandLine;
using System.Globalization;
using Lepton.Orleans.Cli.Importing;
using Lepton.Orleans.Cli.Records;
using Spectre.Console;

namespace Lepton.Orleans.Cli.Commands;

/// <summary>What all imports have in common: their options, and running them with a progress bar.</summary>
internal sealed class ImportSettings
{
    /// <summary>What help says at the end of each import.</summary>
    public const string Promise =
        " A user or item overwrites the one with its id (the last one in the file stays). Feedback is added: each time is an event of its own, and "
        + "one whose type, user, item and time are there already changes nothing, so importing the same file twice counts nothing twice and undoes "
        + "nothing that came since. Feedback without a time gets --timestamp-base plus a millisecond for each line before it, the same at "
        + "every import. An interrupted import goes on where it was when the same command is run again.";

    private readonly ServiceOptions _service;

    private readonly Option<bool> _skipBad = new("--skip-bad") { Description = "Count rows that break a rule and pass over them, instead of stopping at the first." };

    private readonly Option<bool> _restart = new("--restart") { Description = "Start over, also where an earlier run was interrupted." };

    private readonly Option<int> _batch = new("--batch")
    {
        Description = "Rows in a request.", HelpName = "rows", DefaultValueFactory = _ => 1000,
    };

    private readonly Option<int> _parallel = new("--parallel")
    {
        Description = "Requests under way at once.", HelpName = "n", DefaultValueFactory = _ => 4,
    };

    private readonly Option<string> _base = new("--timestamp-base")
    {
        Description = "The time of feedback that has none: this, plus a millisecond for each line before it.",
        HelpName = "time",
        DefaultValueFactory = _ => "2000-01-01T00:00:00Z",
    };

    /// <summary>Adds the options to a command.</summary>
    public ImportSettings(Command command)
    {
        _batch.Accept("between 1 and 10000", rows => rows is >= 1 and <= 10_000);
        _parallel.Accept("between 1 and 64", requests => requests is >= 1 and <= 64);
        _base.Validators.Add(result =>
        {
            try
            {
                if (FieldValues.Timestamp(result.GetValueOrDefault<string>()) < FeedbackRules.Earliest)
                {
                    result.AddError("--timestamp-base must not be before 1970.");
                }
            }
            catch (BadFieldException exception)
            {
                result.AddError($"--timestamp-base {exception.Rule}.");
            }
        });
        command.Options.Add(_skipBad);
        command.Options.Add(_restart);
        command.Options.Add(_batch);
        command.Options.Add(_parallel);
        command.Options.Add(_base);
        _service = new ServiceOptions(command);
    }

    /// <summary>Imports files.</summary>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public async Task<int> RunAsync(ParseResult parsed, CommandEnvironment environment, IReadOnlyList<ImportFile> files, CancellationToken cancellationToken)
    {
        foreach (var file in files)
        {
            if (file.Path is not null && !File.Exists(file.Path))
            {
                throw new FileNotFoundException($"There is no file {file.Path}.");
            }
        }

        var console = environment.ErrorConsole();
        Action<string> notice = environment.IsInteractive ? console.WriteLine : environment.Error.WriteLine;
        using var service = _service.Connect(parsed, environment, notice);
        var progress = new ImportProgress();
        var options = new ImportOptions
        {
            SkipBad = parsed.GetValue(_skipBad),
            Restart = parsed.GetValue(_restart),
            BatchRows = parsed.GetValue(_batch),
            Lanes = parsed.GetValue(_parallel),
            TimestampBase = FieldValues.Timestamp(parsed.GetRequiredValue(_base))!.Value,
        };
        var checkpoints = new CheckpointFile(environment.StateDirectory, files, service);
        var importer = new Importer(service, options, checkpoints, progress, notice, environment.OpenInput, environment.Time);
        var length = files.Sum(file => file.Path is null ? 0 : new FileInfo(file.Path).Length);
        var name = string.Join(", ", files.Select(file => file.Name));
        var summary = environment.IsInteractive
            ? await ImportBar.WatchAsync(console, name, length, progress, importer.RunAsync(files, cancellationToken), environment.Time)
            : await importer.RunAsync(files, cancellationToken);
        await environment.Error.WriteLineAsync(Describe(name, summary));
        return ExitCodes.Ok;
    }

    private static string Describe(string name, ImportSummary summary)
    {
        var seconds = Math.Max(summary.Elapsed.TotalSeconds, 0.001);
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"{name}: {summary.Rows:N0} rows in {seconds:N1} s ({summary.Rows / seconds:N0} rows/s)");
        text += summary.Feedback > 0 ? string.Create(CultureInfo.InvariantCulture, $"; {summary.Changed:N0} of {summary.Feedback:N0} rows of feedback changed something") : "";
        text += summary.Resumed > 0 ? string.Create(CultureInfo.InvariantCulture, $"; {summary.Resumed:N0} were there from an earlier run") : "";
        return text + (summary.Bad > 0 ? string.Create(CultureInfo.InvariantCulture, $"; {summary.Bad:N0} bad rows were passed over.") : ".");
    }
}
