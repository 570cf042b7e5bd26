using System.CommandLine;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Lepton.Orleans.Cli.Service;

namespace Lepton.Orleans.Cli.Commands;

/// <summary><c>lepton export</c>.</summary>
internal static class ExportCommand
{
    private const int PageRows = 1000;

    private static readonly (string Path, string Name, string Kind)[] Lists = [("items", "Items", "Item"), ("users", "Users", "User"), ("feedback", "Feedback", "Feedback")];

    private static readonly JsonWriterOptions JsonOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Makes the command.</summary>
    public static Command Create(CommandEnvironment environment)
    {
        var file = new Argument<string>("file") { Description = "The file to write, or - for standard output." };
        var command = new Command(
            "export",
            "Write all items, users and feedback as JSON, one object a line with its Kind, for lepton import jsonl. Page after page: memory does not grow, "
            + "and writes that come in the meantime may or may not be in it. The file appears when it is complete.")
        {
            file,
        };
        var service = new ServiceOptions(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var connection = service.Connect(parsed, environment);
            var path = parsed.GetRequiredValue(file);
            if (path == "-")
            {
                await using var output = environment.OpenOutput();
                await WriteAsync(environment, connection, output, cancellationToken);
                return ExitCodes.Ok;
            }

            // Under its own name only when whole: half an export must not pass for one.
            var partial = path + ".partial";
            try
            {
                await using (var output = File.Create(partial))
                {
                    await WriteAsync(environment, connection, output, cancellationToken);
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

    private static async Task WriteAsync(CommandEnvironment environment, LeptonService service, Stream output, CancellationToken cancellationToken)
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
