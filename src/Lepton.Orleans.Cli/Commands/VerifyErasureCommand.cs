using System.CommandLine;
using System.Globalization;
using Lepton.Orleans.Cli.Service;

namespace Lepton.Orleans.Cli.Commands;

/// <summary><c>lepton verify-erasure</c>.</summary>
internal static class VerifyErasureCommand
{
    // As long as the service gives a search of the whole store.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    // Of a user who lives there are hundreds.
    private const int MostShown = 20;

    /// <summary>Makes the command.</summary>
    public static Command Create(CommandEnvironment environment)
    {
        var users = new Argument<string[]>("user") { Description = "The ids of the users.", Arity = ArgumentArity.OneOrMore };
        var command = new Command("verify-erasure", "Search the whole store for remains of users; 1 is returned where there are any. Needs an admin key.") { users };
        var service = new ServiceOptions(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var connection = service.Connect(parsed, environment, requestTimeout: Patience);
            var isClean = true;
            foreach (var user in parsed.GetRequiredValue(users))
            {
                var report = ServiceDocument.Parse<ErasureReport>(await connection.GetAsync($"api/v2/erasure/{Uri.EscapeDataString(user)}", cancellationToken));
                foreach (var line in Describe(report))
                {
                    await environment.Output.WriteLineAsync(line);
                }

                isClean &= report.Remains.Count == 0;
            }

            return isClean ? ExitCodes.Ok : ExitCodes.Failed;
        });
        return command;
    }

    private static IEnumerable<string> Describe(ErasureReport report)
    {
        var looked = string.Create(CultureInfo.InvariantCulture, $"{report.KeysScanned} keys and {report.IndexesSearched} indexes searched");
        if (report.Remains.Count == 0)
        {
            yield return $"{report.UserId}: nothing is left ({looked}).";
        }
        else
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{report.UserId}: {report.Remains.Count} remains ({looked}):");
            foreach (var remains in report.Remains.Take(MostShown))
            {
                yield return $"  {remains.Kind}: {remains.Key}";
            }

            if (report.Remains.Count > MostShown)
            {
                yield return string.Create(
                    CultureInfo.InvariantCulture, $"  and {report.Remains.Count - MostShown} more; GET /api/v2/erasure/{Uri.EscapeDataString(report.UserId)} lists all.");
            }

            yield return report.Remains.Any(r => r.Kind is "State" or "Journal")
                ? "  The user exists: DELETE /api/user/{id} erases it."
                : "  lepton repair removes entries without a state.";
        }

        if (report.ErasuresWaiting > 0)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"  {report.ErasuresWaiting} erasures (of anybody, the first at {report.WaitingSince:u}) wait for the next build to leave the model: lepton build --wait.");
        }
    }
}
