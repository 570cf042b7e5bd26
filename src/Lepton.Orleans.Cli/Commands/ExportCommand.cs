using System.CommandLine;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Lepton.Orleans.Cli.Backups;
using Lepton.Orleans.Cli.Service;

namespace Lepton.Orleans.Cli.Commands;

/// <summary><c>lepton export</c>.</summary>
internal static class ExportCommand
{
    private const int PageRows = 1000;
    private const string Backup = "api/v2/backup";

    private static readonly (string Path, string Name, string Kind)[] Lists = [("items", "Items", "Item"), ("users", "Users", "User"), ("feedback", "Feedback", "Feedback")];

    private static readonly JsonWriterOptions JsonOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Makes the command.</summary>
    public static Command Create(CommandEnvironment environment)
    {
        var file = new Argument<string>("file") { Description = "The file to write, or - for standard output." };
        var rows = new Option<bool>("--rows")
        {
            Description = "Instead of a backup, items, users and feedback (per type, user and item the sum and the first time) in the form of the REST API, for lepton import jsonl and for others.",
        };
        var command = new Command(
            "export",
            "Write a backup of everything, one JSON object a line, for lepton import backup: each user and each item as it was at one point of time, everything "
            + "that was acknowledged before the export began, also while writes go on. Memory does not grow. The file appears when it is complete.")
        {
            file,
            rows,
        };
        var service = new ServiceOptions(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var connection = service.Connect(parsed, environment);
            var path = parsed.GetRequiredValue(file);
            var isBackup = !parsed.GetValue(rows);
            if (path == "-")
            {
                await using var output = environment.OpenOutput();
                await (isBackup ? connection.CopyAsync(Backup, output, cancellationToken) : WriteRowsAsync(environment, connection, output, cancellationToken));
                return ExitCodes.Ok;
            }

            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder && !Directory.Exists(folder))
            {
                throw new DirectoryNotFoundException($"There is no folder {folder} to write {Path.GetFileName(path)} into.");
            }

            // Under its own name only when whole: half an export must not pass for one.
            var partial = path + ".partial";
            try
            {
                await using (var output = File.Create(partial))
                {
                    await (isBackup ? connection.CopyAsync(Backup, output, cancellationToken) : WriteRowsAsync(environment, connection, output, cancellationToken));
                }

                if (isBackup)
                {
                    var summary = await BackupSummary.CheckAsync(partial, cancellationToken);
                    await environment.Error.WriteLineAsync($"Exported {summary.Description}.");
                }

                File.Move(partial, path, overwrite: true);
            }
            finally
            {
                File.Delete(partial);
            }

            return ExitCodes.Ok;
        });
        return command;
    }

    private static async Task WriteRowsAsync(CommandEnvironment environment, LeptonService service, Stream output, CancellationToken cancellationToken)
    {
        var counts = new List<string>();
        await using var buffered = new BufferedStream(output, 256 * 1024);
        await using var json = new Utf8JsonWriter(buffered, JsonOptions);
        foreach (var (path, name, kind) in Lists)
        {
            var rows = 0L;
            var cursor = "";
            do
            {
                var page = await service.GetAsync(string.Create(CultureInfo.InvariantCulture, $"api/{path}?n={PageRows}&cursor={Uri.EscapeDataString(cursor)}"), cancellationToken);
                var (next, count) = WritePage(page, name, kind, json, buffered);
                rows += count;
                if (next.Length > 0 && next == cursor)
                {
                    throw new CommandFailedException($"The service gave the cursor {cursor} of {path} twice; the export would not end.");
                }

                cursor = next;
            }
            while (cursor.Length > 0);
            counts.Add(string.Create(CultureInfo.InvariantCulture, $"{rows:N0} {(path == "feedback" ? "rows of feedback" : path)}"));
        }

        await buffered.FlushAsync(cancellationToken);
        await environment.Error.WriteLineAsync($"Exported {string.Join(", ", counts)}.");
    }

    private static (string Cursor, int Count) WritePage(byte[] answer, string name, string kind, Utf8JsonWriter json, Stream output)
    {
        try
        {
            var reader = new Utf8JsonReader(answer);
            using var document = JsonDocument.ParseValue(ref reader);
            var rows = document.RootElement.GetProperty(name);
            foreach (var row in rows.EnumerateArray())
            {
                json.WriteStartObject();
                json.WriteString("Kind"u8, kind);
                foreach (var field in row.EnumerateObject())
                {
                    field.WriteTo(json);
                }

                json.WriteEndObject();
                json.Flush();
                json.Reset();
                output.WriteByte((byte)'\n');
            }

            return (document.RootElement.GetProperty("Cursor").GetString() ?? "", rows.GetArrayLength());
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new CommandFailedException("The address answers, but not as a Lepton service does; is --url right?", exception);
        }
    }
}
