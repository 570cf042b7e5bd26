namespace Lepton.Orleans.Deploy.Tests.Scripts;

/// <summary>A release that does not get to its end leaves what was there before, whichever step failed.</summary>
public sealed class DeployTests : IDisposable
{
    // A cluster with two deployments, of which the release changes the first; files say what goes wrong.
    private const string Kubectl = """
        echo "$*" >>calls
        case "$1 $2" in
          'kustomize '*) cat rendering ;;
          'apply '*) touch applied; [ ! -e apply-fails ] ;;
          'get deployments')
            case "$*" in
              *revision*) echo "deployment.apps/lepton-api $(if [ -e applied ]; then echo 4; else echo 3; fi)"; echo "deployment.apps/lepton-users 7" ;;
              *) printf 'deployment.apps/%s\n' lepton-api lepton-users ;;
            esac ;;
          'get deployment.apps/'*) echo 5 ;;
          'rollout status') [ ! -e rollout-fails ] || [ -e undone ] ;;
          'rollout undo') touch undone ;;
        esac
        """;

    private readonly ScriptFolder _folder = new("deploy/scripts/deploy.sh");

    public DeployTests()
    {
        _folder.Put("kubectl", Kubectl);
        _folder.Write("rendering", "kind: Deployment\nmetadata:\n  name: lepton-api\n");
        Directory.CreateDirectory(Path.Combine(_folder.Path, "deploy/kubernetes/overlays/split"));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_serves_stays()
    {
        Assert.Equal(0, (await DeployAsync()).Code);
        Assert.Contains("apply --kustomize artifacts/deploy/release", Calls());
        Assert.Equal(["deployment.apps/lepton-api", "deployment.apps/lepton-users"], Calls("rollout status").Select(call => call.Split(' ')[2]));
        Assert.Empty(Calls("rollout undo"));
    }

    [Theory]
    [InlineData("rollout-fails", "deployment.apps/lepton-api is not ready")]
    [InlineData("apply-fails", "not everything could be applied")]
    public async Task What_fails_goes_back_and_what_did_not_change_stays(string failure, string because)
    {
        _folder.Write(failure, "");

        var (code, said) = await DeployAsync();

        Assert.Equal(1, code);
        Assert.Contains($"{because}: rolling back.", said, StringComparison.Ordinal);
        Assert.Equal(["rollout undo deployment.apps/lepton-api --namespace lepton --to-revision 3"], Calls("rollout undo"));

        // What was applied a moment ago has its revision only when the cluster has looked at it, and the way back is waited for.
        var calls = Calls().ToList();
        Assert.InRange(calls.FindIndex(call => call.StartsWith("wait deployment.apps/lepton-api", StringComparison.Ordinal)), 0, calls.IndexOf(Calls("rollout undo").Single()));
        Assert.StartsWith("rollout status deployment.apps/lepton-api", calls[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task How_long_a_rollout_may_take_is_said_by_its_Deployment_where_nobody_says_it()
    {
        _ = await DeployAsync();
        Assert.All(Calls("rollout status"), call => Assert.EndsWith("--timeout 0s", call, StringComparison.Ordinal));

        _ = await DeployAsync("--timeout", "5m");
        Assert.EndsWith("--timeout 5m", Calls("rollout status")[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "lepton")]
    [InlineData("  namespace: shop\n", "shop")]
    [InlineData("  namespace: shop\n", "other", "--namespace", "other")]
    public async Task The_namespace_is_what_is_said_or_the_overlay_s_own(string own, string expected, params string[] options)
    {
        _folder.Write("rendering", $"kind: Deployment\nmetadata:\n  name: lepton\n{own}spec:\n  namespace: no\n---\nkind: Service\nmetadata:\n  name: lepton\n");

        Assert.Equal(0, (await DeployAsync(options)).Code);

        Assert.Contains($"namespace: {expected}\n", _folder.Read("artifacts/deploy/release/kustomization.yaml"), StringComparison.Ordinal);
        Assert.All(Calls("rollout"), call => Assert.Contains($" --namespace {expected} ", call, StringComparison.Ordinal));
    }

    private Task<(int Code, string Said)> DeployAsync(params IReadOnlyList<string> options) =>
        _folder.RunAsync(["split", "registry.example.com/lepton:1.0.0", .. options]);

    private List<string> Calls(string start = "") =>
        [.. _folder.Read("calls").Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(call => call.StartsWith(start, StringComparison.Ordinal))];
}
