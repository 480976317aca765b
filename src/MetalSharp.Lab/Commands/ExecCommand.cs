using System.CommandLine;

namespace MetalSharp.Lab.Commands;

/// <summary>`metalsharp-lab exec HOST -- COMMAND`: a program on a host of a running lab.</summary>
internal static class ExecCommand
{
    public static Command Create()
    {
        var lab = RunningLab.Option();
        var host = new Argument<string>("HOST") { Description = "client, n1, n2, ..., or NAMESPACE.POD; `lan` is the switch, where the API server is." };
        var words = new Argument<string[]>("COMMAND") { Description = "What to run there, after --.", Arity = ArgumentArity.OneOrMore };
        var command = new Command("exec", """
            Run a command on a host of the lab that is running. kubectl works there too.

              metalsharp-lab exec client -- curl -s http://192.168.3.100:8080/
              metalsharp-lab exec client -- arping -c 3 192.168.3.100
              metalsharp-lab exec n1 -- nft list ruleset
            """) { lab, host, words };
        command.SetAction(result => RunningLab.Find(result.GetValue(lab)).EnterAsync(result.GetValue(host)!, result.GetValue(words)!));
        return command;
    }
}
