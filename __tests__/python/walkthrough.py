"""The walk-through of the Python documentation, for an environment that is set."""

from langchain_openai import AzureOpenAI

llm = AzureOpenAI(deployment_name="gpt-35-turbo-instruct-0914")
print(llm.invoke("Tell me a joke"))
print(llm)
