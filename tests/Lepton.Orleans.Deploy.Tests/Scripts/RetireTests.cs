using System.Text.RegularExpressions;
using Lepton.Orleans.Deploy.Tests.Files;
using Lepton.Orleans.Deploy.Tests.Kubernetes;

namespace Lepton.Orleans.Deploy.Tests.Scripts;

/// <summary>Silos of a Deployment that goes leave one at a time, each when the one before has ended.</summary>
public sealed partial class RetireTests : IDisposable
{
    // A cluster in which a pod that leaves is still listed twice, and an autoscaler would add what is taken away.
    private const string Kubectl = """
        echo "$*" >>calls
        case "$1 $2" in
          'get deployment')
            case "$*" in
              *go-template*) echo "app=lepton,component=$3," ;;
              *jsonpath*) cat "$3.silos" ;;
              *) [ ! -e "$3.silos" ] || echo "deployment.apps/$3" ;;
            esac ;;
          'get pods')
            deployment=${4##*component=}
            for silo in $(seq "$(cat "$deployment.silos")"); do echo "pod/$silo"; done
            [ ! -s leaving ] || { echo pod/leaving; sed -i 1d leaving; } ;;
          'scale deployment') echo "$5" >"$3.silos"; printf 'twice\nonce\n' >leaving ;;
          'delete deployment,pdb') rm "$3.silos" ;;
        esac
        """;

    private readonly ScriptFolder _folder = new("deploy/scripts/retire.sh");

    public RetireTests()
    {
        _folder.Put("kubectl", Kubectl);
        _folder.Put("sleep", "echo \"sleep $1\" >>calls");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task One_silo_has_ended_before_the_next_is_told_to_leave()
    {
        _folder.Write("lepton-api.silos", "2");
        _folder.Write("lepton-users.silos", "3");

        var (code, said) = await _folder.RunAsync("lepton-api", "lepton-users", "--namespace", "shop");

        Assert.True(code == 0, said);
        var calls = Calls();
        Assert.Equal(
            ["lepton-api 1", "lepton-api 0", "lepton-users 2", "lepton-users 1", "lepton-users 0"],
            calls.Select(call => Scale().Match(call)).Where(match => match.Success).Select(match => $"{match.Groups[1].Value} {match.Groups[2].Value}"));
        var told = calls.Index().Where(call => Scale().IsMatch(call.Item)).Select(call => call.Index).Append(calls.Count).ToList();
        Assert.All(told.Zip(told.Skip(1)), turn =>
        {
            // Twice the pod was still there, the third time it was not; then what it held finds its place. The next Deployment is looked at once first.
            var meanwhile = calls[(turn.First + 1)..turn.Second];
            Assert.InRange(meanwhile.Count(call => call.StartsWith("get pods", StringComparison.Ordinal)), 3, 4);
            Assert.Contains("sleep 40", meanwhile);
        });
        Assert.All(["lepton-api", "lepton-users"], deployment => Assert.InRange(
            calls.IndexOf($"delete hpa {deployment} --ignore-not-found --namespace shop"), 0, calls.FindIndex(call => call.StartsWith($"scale deployment {deployment} ", StringComparison.Ordinal))));
        Assert.Equal(2, calls.Count(call => call.StartsWith("delete deployment,pdb ", StringComparison.Ordinal)));
        Assert.All(calls.Where(call => !call.StartsWith("sleep", StringComparison.Ordinal)), call => Assert.EndsWith("--namespace shop", call, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_gone_already_is_passed_over_and_a_silo_that_does_not_end_stops_everything()
    {
        _folder.Write("lepton-users.silos", "2");
        _folder.Put("seq", "printf '%s\\n' 1 2");
        _folder.Put("sleep", ":");
        _folder.Write("deploy/scripts/retire.sh", _folder.Read("deploy/scripts/retire.sh").Replace("SECONDS + 180", "SECONDS + 1", StringComparison.Ordinal));

        var (code, said) = await _folder.RunAsync("lepton-api", "lepton-users");

        Assert.Equal(1, code);
        Assert.Contains("There is no Deployment lepton-api", said, StringComparison.Ordinal);
        Assert.Contains("has not ended", said, StringComparison.Ordinal);
        Assert.Single(Calls(), call => Scale().IsMatch(call));
        Assert.DoesNotContain(Calls(), call => call.StartsWith("delete deployment", StringComparison.Ordinal));
    }

    [Fact]
    public async Task One_that_still_leaves_from_a_run_before_is_waited_for_first()
    {
        _folder.Write("lepton-api.silos", "1");
        _folder.Write("leaving", "twice\nonce\n");

        var (code, said) = await _folder.RunAsync("lepton-api");

        Assert.True(code == 0, said);
        var calls = Calls();
        var told = calls.FindIndex(call => Scale().IsMatch(call));
        Assert.Equal(3, calls[..told].Count(call => call.StartsWith("get pods", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("get deployment")]
    [InlineData("get pods")]
    public async Task A_cluster_that_does_not_answer_stops_everything(string call)
    {
        _folder.Write("lepton-api.silos", "2");
        _folder.Write("calls", "");
        _folder.Put("kubectl", $$"""[ "$1 $2" != '{{call}}' ] || { echo "The connection was refused" >&2; exit 1; }""" + "\n" + Kubectl);

        var (code, said) = await _folder.RunAsync("lepton-api");

        Assert.NotEqual(0, code);
        Assert.Contains("The connection was refused", said, StringComparison.Ordinal);
        Assert.DoesNotContain("There is no Deployment", said, StringComparison.Ordinal);
        Assert.DoesNotContain(Calls(), line => line.StartsWith("delete deployment", StringComparison.Ordinal) || Scale().IsMatch(line));
    }

    // All of them are named where the runbook merges, and the merged ones where it splits.
    [Fact]
    public async Task The_runbook_retires_every_Deployment_of_the_other_kind()
    {
        var runbook = Repository.Read("docs/operations.md");
        var retired = Retired().Matches(runbook).Select(match => match.Groups[1].Value.Split(' ')).ToList();

        Assert.Equal(2, retired.Count);
        Assert.Equal(await DeploymentsOfAsync("cluster"), retired[0].Order(StringComparer.Ordinal));
        Assert.Equal(await DeploymentsOfAsync("split"), retired[1].Order(StringComparer.Ordinal));

        Assert.DoesNotMatch(@"kubectl delete \S*deployment", runbook);
    }

    private static async Task<IEnumerable<string>> DeploymentsOfAsync(string overlay) =>
        (await Rendering.OfAsync(overlay)).Silos.Select(silos => silos.Name).Order(StringComparer.Ordinal);

    private List<string> Calls() => [.. _folder.Read("calls").Split('\n', StringSplitOptions.RemoveEmptyEntries)];

    [GeneratedRegex(@"^scale deployment (\S+) --replicas (\d+)")]
    private static partial Regex Scale();

    [GeneratedRegex(@"(?m)^deploy/scripts/retire\.sh ([a-z -]+?) *(?:#.*)?$")]
    private static partial Regex Retired();
}
