using System.CommandLine;
using System.Globalization;
using Lepton.Orleans.Cli.Service;
using Spectre.Console;

namespace Lepton.Orleans.Cli.Commands;

/// <summary><c>lepton recommend</c>.</summary>
internal static class RecommendCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create(CommandEnvironment environment)
    {
        var user = new Argument<string>("user") { Description = "The user's id." };
        var count = new Option<int>("-n") { Description = "How many places.", HelpName = "count", DefaultValueFactory = _ => 10 };
        count.Accept($"between 1 and {RecommendRequest.MaxRanked}", n => n is >= 1 and <= RecommendRequest.MaxRanked);
        var category = new Option<string?>("--category") { Description = "Only items of this category.", HelpName = "category" };
        var command = new Command("recommend", "Show a user's list, with the reasons for each place.") { user, count, category };
        var service = new ServiceOptions(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var connection = service.Connect(parsed, environment);
            var id = parsed.GetRequiredValue(user);
            var path = string.Create(CultureInfo.InvariantCulture, $"api/v2/recommend/{Uri.EscapeDataString(id)}?explain=true&n={parsed.GetValue(count)}");
            path += parsed.GetValue(category) is { Length: > 0 } name ? $"&category={Uri.EscapeDataString(name)}" : "";
            var list = ServiceDocument.Parse<RecommendationList>(await connection.GetAsync(path, cancellationToken));
            if (list.Items.Count == 0)
            {
                var which = parsed.GetValue(category) is { Length: > 0 } wanted ? $" of the category {wanted}" : "";
                await environment.Output.WriteLineAsync($"The list of {id} is empty: the service has no items{which} that {id} has not seen.");
                return ExitCodes.Ok;
            }

            environment.OutputConsole().Write(TableOf(list));
            return ExitCodes.Ok;
        });
        return command;
    }

    private static Table TableOf(RecommendationList list)
    {
        var table = new Table { Border = TableBorder.Simple }.AddColumns(
            new TableColumn("#").RightAligned(), new TableColumn("Title"), new TableColumn("Id").NoWrap(), new TableColumn("Score").RightAligned(), new TableColumn("Why"));
        for (var place = 0; place < list.Items.Count; place++)
        {
            var item = list.Items[place];
            table.AddRow(
                new Text((place + 1).ToString(CultureInfo.InvariantCulture)),
                new Text(item.Title.Length > 0 ? item.Title : item.ItemId),
                new Text(item.ItemId),
                new Text(item.Score.ToString("0.000", CultureInfo.InvariantCulture)),
                new Text(string.Join("\n", item.Reasons.Take(2).Select(Sentence))));
        }

        return table;
    }

    private static string Sentence(Reason reason) =>
        (reason.Text, reason.SeedTitle ?? reason.SeedItemId) switch
        {
            ({ Length: > 0 } text, _) => text,
            (_, { } seed) => $"{reason.Source}, because of {seed}",
            _ => reason.Source,
        };
}
