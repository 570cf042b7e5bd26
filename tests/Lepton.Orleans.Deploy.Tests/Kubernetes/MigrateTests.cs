using System.Text.Json.Nodes;
using Lepton.Orleans.Deploy.Tests.Files;

namespace Lepton.Orleans.Deploy.Tests.Kubernetes;

/// <summary>What the Job that moves a service runs, against the image and the command line.</summary>
public sealed class MigrateTests
{
    private readonly JsonNode _pod = File("job").At("spec/template/spec");

    private JsonNode Container => _pod.At("containers/0");

    [Fact]
    public void The_image_has_the_command_that_the_Job_runs()
    {
        var command = Container.At("command").AsArray().Select(word => word!.GetValue<string>()).ToList();
        var options = command.Where(word => word.StartsWith("--", StringComparison.Ordinal)).ToList();
        var source = Repository.Read("src/Lepton.Orleans.Cli/Commands/MigrateCommand.cs") + Repository.Read("src/Lepton.Orleans.Cli/Commands/ServiceOptions.cs");

        Assert.Equal(["dotnet", "/app/lepton.dll", "migrate"], command[..3]);
        Assert.Contains("<AssemblyName>lepton</AssemblyName>", Repository.Read("src/Lepton.Orleans.Cli/Lepton.Orleans.Cli.csproj"), StringComparison.Ordinal);
        Assert.Contains("RUN dotnet publish src/Lepton.Orleans.Cli ", Repository.Read("Dockerfile"), StringComparison.Ordinal);
        Assert.Equal(["--url", "--to"], options);
        Assert.All(options, option => Assert.Contains($"\"{option}\"", source, StringComparison.Ordinal));
    }

    [Fact]
    public void What_it_has_copied_is_on_a_volume_that_outlives_it_and_nobody_starts_it_again_by_himself()
    {
        var state = Container.List("env").Single(variable => variable.Text("name") == "XDG_DATA_HOME").Text("value");
        var mount = Container.List("volumeMounts").Single(mount => mount.Text("mountPath") == state);
        var volume = _pod.List("volumes").Single(volume => volume.Text("name") == mount.Text("name"));

        Assert.Equal(File("volume").Text("metadata/name"), volume.Text("persistentVolumeClaim/claimName"));
        Assert.Equal("Never", _pod.Text("restartPolicy"));
        Assert.Equal("0", File("job").Text("spec/backoffLimit"));
        Assert.Equal(Dockerfile.Read()["USER"], $"{_pod.Text("securityContext/runAsUser")}:{_pod.Text("securityContext/runAsGroup")}");
    }

    // The runbook says what the Secret has, and that is what the command is told.
    [Fact]
    public void The_runbook_names_what_the_Job_is_told()
    {
        var runbook = Repository.Read("docs/operations.md");

        Assert.All(
            ["LEPTON_FROM", "LEPTON_TO", "LEPTON_API_KEY", "LEPTON_TO_API_KEY"],
            name => Assert.Contains($"--from-literal {name}=", runbook, StringComparison.Ordinal));
        Assert.Contains($"create secret generic {Container.Text("envFrom/0/secretRef/name")} ", runbook, StringComparison.Ordinal);
        Assert.Contains("kubectl kustomize deploy/kubernetes/migrate ", runbook, StringComparison.Ordinal);
    }

    private static JsonNode File(string name) => YamlFile.Parse(Repository.Read($"deploy/kubernetes/migrate/{name}.yaml")).Single();
}
