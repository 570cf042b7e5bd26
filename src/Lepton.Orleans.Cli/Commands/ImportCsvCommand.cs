using System.CommandLine;
using System.CommandLine.Parsing;
using Lepton.Orleans.Cli.Formats;
using Lepton.Orleans.Cli.Importing;
using Lepton.Orleans.Cli.Records;

namespace Lepton.Orleans.Cli.Commands;

/// <summary><c>lepton import csv</c>.</summary>
internal static class ImportCsvCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create(CommandEnvironment environment)
    {
        var file = new Argument<string>("file") { Description = "The file, UTF-8, or - for standard input." };
        var users = new Option<bool>("--users") { Description = "Rows are users." };
        var items = new Option<bool>("--items") { Description = "Rows are items." };
        var feedback = new Option<bool>("--feedback") { Description = "Rows are feedback." };
        var map = new Option<Dictionary<string, string>>("--map")
        {
            Description = "Which column holds which field, such as UserId=user,ItemId=item; Labels.<name>=<column> makes a label of a column. Fields that are not "
                + "mapped are found by their own name, also as user_id. Fields: UserId, ItemId, FeedbackType, Value, Timestamp, Comment, IsHidden, Categories, Labels.",
            HelpName = "field=column,...",
            AllowMultipleArgumentsPerToken = false,
            Arity = ArgumentArity.ZeroOrMore,
            CustomParser = ParseMap,
        };
        var separator = new Option<string>("--separator") { Description = "What separates fields: one character, or tab.", HelpName = "character", DefaultValueFactory = _ => "," };
        separator.Validators.Add(result =>
        {
            if (SeparatorOf(result.GetValueOrDefault<string>()!) is not (> '\0' and < '\x7f' and not '"' and not '\n' and not '\r'))
            {
                result.AddError("--separator must be a single ASCII character, or the word tab.");
            }
        });
        var listSeparator = new Option<string>("--list-separator") { Description = "What separates categories in their field.", HelpName = "text", DefaultValueFactory = _ => "|" };
        var noHeader = new Option<bool>("--no-header") { Description = "The first row is data; columns are numbers from 1, as in --map UserId=1,ItemId=2." };
        var type = new Option<string?>("--type") { Description = "The type of feedback that has no column for it.", HelpName = "type" };
        var command = new Command(
            "csv",
            "Import a delimited file with users, items or feedback (RFC 4180: fields may be quoted). Without --users, --items or --feedback the columns "
            + "tell which." + ImportSettings.Promise)
        {
            file, users, items, feedback, map, separator, listSeparator, noHeader, type,
        };
        command.Validators.Add(result =>
        {
            if (new[] { users, items, feedback }.Count(result.GetValue) > 1)
            {
                result.AddError("Only one of --users, --items and --feedback can be given.");
            }

            if (result.GetValue(noHeader) && (result.GetValue(map)?.Count ?? 0) == 0)
            {
                result.AddError("--no-header needs --map, to say which column is what.");
            }
        });
        var settings = new ImportSettings(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            var path = parsed.GetRequiredValue(file);
            var format = Format(new CsvOptions
            {
                Kind = parsed.GetValue(users) ? RowKind.User : parsed.GetValue(items) ? RowKind.Item : parsed.GetValue(feedback) ? RowKind.Feedback : null,
                Map = parsed.GetValue(map) ?? [],
                Separator = SeparatorOf(parsed.GetRequiredValue(separator)),
                ListSeparator = parsed.GetRequiredValue(listSeparator),
                HasHeader = !parsed.GetValue(noHeader),
                FeedbackType = parsed.GetValue(type),
            });
            return settings.RunAsync(parsed, environment, [new ImportFile(path == "-" ? null : path, format)], cancellationToken);
        });
        return command;
    }

    private static CsvFormat Format(CsvOptions options)
    {
        try
        {
            return new CsvFormat(options);
        }
        catch (BadFieldException exception)
        {
            throw new UsageException($"{exception.Field} {exception.Rule}.");
        }
    }

    private static char SeparatorOf(string text) => text switch
    {
        "tab" or "\\t" or "\t" => '\t',
        { Length: 1 } => text[0],
        _ => '\0',
    };

    private static Dictionary<string, string> ParseMap(ArgumentResult result)
    {
        var map = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var pair in result.Tokens.SelectMany(token => token.Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || equals == pair.Length - 1)
            {
                result.AddError($"--map must be field=column, not '{pair}'.");
            }
            else if (!map.TryAdd(pair[..equals].Trim(), pair[(equals + 1)..].Trim()))
            {
                result.AddError($"--map names {pair[..equals]} twice.");
            }
        }

        return map;
    }
}
